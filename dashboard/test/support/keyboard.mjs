// Hands on the keyboard only: nothing here clicks, or moves the focus by script.

export const isActive = (locator) =>
  locator.evaluate((element) => element === document.activeElement).catch(() => false)

/** What the page comes to by itself after a key; the last value that `find` gave, which is true if `holds` was. */
export async function comesTo(page, find, holds = Boolean) {
  let found = await find()
  for (let i = 0; i < 100 && !holds(found); i++) {
    await page.waitForTimeout(50)
    found = await find()
  }
  return found
}

/** Presses Tab until the element is in focus; false when it cannot be reached. */
export async function tabTo(page, locator, { most = 80, back = false } = {}) {
  for (let i = 0; i < most; i++) {
    if (await isActive(locator)) return true
    await page.keyboard.press(back ? 'Shift+Tab' : 'Tab')
  }
  return isActive(locator)
}

/** Goes there and presses Enter. */
export async function tabAndEnter(page, locator, options) {
  const there = await tabTo(page, locator, options)
  await page.keyboard.press('Enter')
  return there
}

/** Chooses an option of a select by writing its first letters. */
export async function choose(page, locator, label) {
  const there = await tabTo(page, locator)
  await page.keyboard.type(label)
  const chosen = () => locator.evaluate((element) => element.selectedOptions[0].label)
  return there && (await comesTo(page, chosen, (found) => found === label)) === label
}

/** Chooses in a group of which one is on: Tab to the group, arrows inside it, Enter. */
export async function segment(page, group, name, options) {
  const option = group.getByRole('radio', { name, exact: true })
  const inside = () => group.evaluate((element) => element.contains(document.activeElement))
  for (let i = 0; i < (options?.most ?? 80) && !(await inside()); i++)
    await page.keyboard.press(options?.back ? 'Shift+Tab' : 'Tab')
  for (const arrow of ['ArrowLeft', 'ArrowRight']) {
    for (let i = 0; i < 6 && !(await isActive(option)); i++) await page.keyboard.press(arrow)
  }
  const there = await isActive(option)
  await page.keyboard.press('Enter')
  return there && (await option.getAttribute('aria-checked')) === 'true'
}

/** Writes over what a field holds. */
export async function write(page, locator, text) {
  const there = await tabTo(page, locator)
  await page.keyboard.press('Control+A')
  await page.keyboard.type(text)
  return there
}
