// What a person does with a page: look for things by their names, press them, write, read.
import { BASE, newPage } from './browser.mjs'

/** The live pages never fall silent, so there is no idle network to wait for. */
const SETTLE_MS = 600

export async function newPerson(browser) {
  const page = await newPage(browser)
  const button = (name, exact = true) => page.getByRole('button', { name, exact })
  const field = (label) => page.getByLabel(label, { exact: true })
  const dialog = page.getByRole('dialog').or(page.getByRole('alertdialog'))
  const settle = () => page.waitForTimeout(SETTLE_MS)
  const visit = async (path) => {
    await page.goto(BASE + path)
    await settle()
  }
  const sees = (locator, timeout = 8000) =>
    locator
      .first()
      .waitFor({ state: 'visible', timeout })
      .then(
        () => true,
        () => false,
      )
  const closes = (locator = dialog) =>
    locator.waitFor({ state: 'hidden', timeout: 8000 }).then(
      () => true,
      () => false,
    )
  /** Presses the button that ends the open dialog, and waits until it is gone. */
  const finish = async (action) => {
    await dialog.getByRole('button', { name: action, exact: true }).click()
    return closes()
  }
  /** One of the entries below "Actions" in the inspector. */
  const action = async (name) => {
    await button('Actions').click()
    await page.getByRole('menuitem', { name }).click()
  }
  /** Presses a download link; gives what came as text, and its name. */
  const download = async (link) => {
    const [file] = await Promise.all([page.waitForEvent('download'), link.click()])
    const parts = []
    for await (const part of await file.createReadStream()) parts.push(part)
    return { name: file.suggestedFilename(), text: Buffer.concat(parts).toString('utf8') }
  }
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText())
  return { page, button, field, dialog, settle, visit, sees, closes, finish, action, download, clipboard }
}
