// From the first sign-up to a refused call, as a new customer goes through it.
import { BASE, check } from './support/browser.mjs'
import { calls } from './support/application.mjs'
import { accessible, fits } from './support/looks.mjs'

export const EMAIL = 'ada@acme.example'
export const PASSWORD = 'correct horse battery'
export const HOSTILE = '<img src=x onerror="window.__xss=1">'

async function signUp({ page, field, button, visit, sees, settle }) {
  await visit('/')
  check(
    'a new installation asks for the first sign-up',
    await sees(page.getByRole('heading', { name: 'Create your account' })),
  )
  await accessible(page, 'sign up')
  await fits(page, 'sign up')
  await field('Account').fill('acme')
  await field('E-mail').fill(EMAIL)
  await field('Password').fill(PASSWORD)
  await button('Sign up').click()
  check(
    'it opens on Projects, with the three steps',
    await sees(page.getByRole('heading', { name: 'Three steps', exact: false })),
  )
  check('the snippet carries its own address', (await page.locator('.snippet').first().innerText()).includes(BASE))
  await settle()
  await accessible(page, 'Projects, empty')
  await fits(page, 'Projects, empty')
}

async function addPath({ button, field, dialog, finish }, path, service) {
  await button('Add path').click()
  await field('Path').fill(path)
  if (service) await dialog.getByLabel('Service').selectOption(service)
  await finish('Add path')
}

async function paths(person) {
  const { page, button, sees, settle, closes } = person
  await button('Add path').click()
  await settle()
  await accessible(page, 'Projects with the path editor open')
  await fits(page, 'path editor')
  await page.keyboard.press('Escape')
  check('Escape closes the editor', await closes())
  await addPath(person, 'acme', '')
  await addPath(person, 'acme/search', 'openai')
  check(
    'both paths are in the tree',
    (await sees(page.locator('[data-path="acme/search"]'))) && (await page.locator('.tree-row').count()) === 2,
  )
  check(
    'the inspector opens on the new path, by its address',
    new URL(page.url()).searchParams.get('path') === 'acme/search',
  )
}

async function quota({ page, button, field, dialog, sees, settle, finish }) {
  await button('Add quota').click()
  await field('Unit').selectOption('requests')
  await field('Limit (Requests)').fill('3')
  await field('Period').selectOption('day')
  await dialog.getByText('Strict', { exact: true }).click()
  check(
    'it says what the quota would have refused',
    await sees(dialog.getByText(/No call in the last 30 days|would have been refused/)),
  )
  await settle()
  await accessible(page, 'Projects with the quota editor open')
  await fits(page, 'quota editor')
  await finish('Add quota')
  check('the quota has its own bar', await sees(page.locator('.policy', { hasText: 'Requests per day' })))
}

async function createKey({ page, button, field, dialog, settle, clipboard }) {
  await page.getByRole('link', { name: 'API Keys' }).first().click()
  await button('Create key').click()
  await settle()
  await accessible(page, 'API Keys with the key editor open')
  await field('Name').fill(`production ${HOSTILE}`)
  await dialog.getByRole('button', { name: 'Create key' }).click()
  const key = (await dialog.locator('pre').first().innerText()).trim()
  check('the key is shown once', /^aisc_/.test(key), key)
  await dialog.getByRole('button', { name: 'Copy: API key' }).click()
  check('and can be copied', (await clipboard()) === key)
  await accessible(page, 'API Keys with a new key')
  await fits(page, 'API Keys with a new key')
  await button('I have kept it').click()
  check('and then no more', !(await page.content()).includes(key))
  return key
}

async function spend({ page, visit, sees }, key) {
  await visit('/projects?path=acme/search')
  const ended = await calls(key, 'acme/search', ['gpt-4o', HOSTILE])
  const flushed = Date.now()
  check('a real SDK call is recorded', ended.join() === 'recorded,recorded', ended)
  const row = page.locator('[data-path="acme/search"]')
  const moved = await sees(row.getByText('2', { exact: true }), 6000)
  const waited = Date.now() - flushed
  check('it appears in the tree', moved, await row.innerText())
  check('within two seconds of the flush', moved && waited <= 2000, `${waited} ms`)
  const more = await calls(key, 'acme/search', ['gpt-4o', 'gpt-4o', 'gpt-4o'])
  check('the cap trips', more.join() === 'recorded,refused,refused', more)
  check('the tree says Over, in a word', await sees(row.getByText('Over')))
}

async function refusals({ page, button, sees }) {
  await page.getByRole('tab', { name: 'Refusals' }).click()
  check('the refusal is in the inspector', await sees(page.getByRole('tabpanel').getByText(/calls? refused/)))
  await button('Why?').first().click()
  check('and explains itself', await sees(page.locator('.why', { hasText: /3/ })))
  await accessible(page, 'inspector, Refusals')
}

async function notes({ page, button, dialog, sees, settle, finish }) {
  await page.getByRole('tab', { name: 'Notes' }).click()
  await button('Edit notes and tags').click()
  await settle()
  await accessible(page, 'inspector with the notes editor open')
  await dialog
    .getByRole('textbox', { name: 'Notes' })
    .fill(`# Search\n\nAsk **Ada**.\n\n${HOSTILE}\n\n[run](javascript:window.__xss=1) [book](https://example.com/)`)
  await dialog.getByRole('textbox', { name: 'Tags' }).fill('prod, eu')
  await finish('Save')
  check('notes are drawn as Markdown', await sees(page.locator('.markdown strong', { hasText: 'Ada' })))
  check(
    'markup in a note stays text',
    (await page.locator('.markdown img, .markdown a[href^="javascript"]').count()) === 0 &&
      (await page.locator('.markdown').innerText()).includes('<img'),
  )
  await accessible(page, 'inspector, Notes')
}

export async function firstDay(person) {
  await signUp(person)
  await paths(person)
  await quota(person)
  const key = await createKey(person)
  await spend(person, key)
  await refusals(person)
  await notes(person)
  return key
}
