// Every page by keyboard alone: nothing here clicks, or moves the focus by script.
import { BASE, check } from './support/browser.mjs'
import { EMAIL, PASSWORD } from './first-day.mjs'
import { choose, comesTo, isActive, segment, tabAndEnter, tabTo, write } from './support/keyboard.mjs'
import { at } from './support/looks.mjs'
import { analyst, value } from './support/psql.mjs'

const inDialog = (page) =>
  page.evaluate(() => Boolean(document.activeElement?.closest('[role="dialog"], [role="alertdialog"]')))

/** Goes to a page by the row of links in the header. */
async function go({ page, sees }, name) {
  const link = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name })
  const there = await tabAndEnter(page, link, { most: 120 })
  check(`the keyboard goes to ${name}`, there && (await sees(page.getByRole('heading', { name, level: 1 }))), at(page))
}

async function projects({ page, sees, closes, dialog }) {
  const active = (selector) => comesTo(page, () => page.evaluate((s) => document.activeElement?.matches(s), selector))
  await page.keyboard.press('Tab')
  check('the first stop skips to the page', await active('.skip'))
  await page.keyboard.press('Enter')
  check('and takes the focus there', await active('main'))
  await page.keyboard.press('/')
  check('/ goes to the search', await active('input[type="search"]'))
  await page.keyboard.type('query')
  check('which finds', await closes(page.locator('[data-path="lab"]')))
  await page.keyboard.press('Escape')
  check('and Escape empties it', await sees(page.locator('[data-path="lab"]')))
  check('Tab comes to the tree, at one row', await tabTo(page, page.locator('.tree-row[tabindex="0"]')))
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-path'))
  const rows = await page.locator('.tree-row').count()
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowLeft')
  check(
    'the left arrow closes a path',
    (await closes(page.locator('[data-path="acme/search"]'))) && (await page.locator('.tree-row').count()) < rows,
  )
  await page.keyboard.press('ArrowRight')
  check('the right arrow opens it', await sees(page.locator('[data-path="acme/search"]')))
  await page.keyboard.press('End')
  const last = await comesTo(page, focused, (path) => path?.startsWith('lab/'))
  check('End goes to the last path', last?.startsWith('lab/'), last)
  await page.keyboard.press('Home')
  await comesTo(page, focused, (path) => path === 'acme')
  for (let i = 0; i < 9 && (await focused()) !== 'acme/search'; i++) await page.keyboard.press('ArrowDown')
  check('the arrows go through the tree', (await focused()) === 'acme/search', await focused())
  await page.keyboard.press('Enter')
  check(
    'Enter opens the inspector',
    (await sees(page.locator('.inspector'))) &&
      (await comesTo(page, () => new URL(page.url()).searchParams.get('path') === 'acme/search')),
  )
  check('Tab comes to the tabs', await tabTo(page, page.getByRole('tab', { name: 'Quotas' })))
  for (const tab of ['Reservations', 'Refusals', 'Alerts', 'Notes', 'Audit']) {
    await page.keyboard.press('ArrowRight')
    check(`the arrow goes to ${tab}`, await sees(page.getByRole('tab', { name: tab, selected: true })))
  }
  await page.keyboard.press('Home')
  const edit = page.getByRole('button', { name: 'Edit quota: Requests per day' })
  check('and to an editor', await tabTo(page, edit))
  await page.keyboard.press('Enter')
  check('which opens with the focus in it', (await sees(dialog)) && (await active('[role="dialog"] *')))
  let left = false
  for (let i = 0; i < 14; i++) {
    await page.keyboard.press('Tab')
    left ||= !(await inDialog(page))
  }
  check('Tab stays in it', !left)
  await write(page, page.getByLabel('Limit (Requests)'), '4')
  await page.keyboard.press('Enter')
  check('Enter saves it', (await closes()) && (await sees(page.locator('.policy', { hasText: 'of 4 requests' }))))
  check('the focus goes back to where it was', await comesTo(page, () => isActive(edit)))
  await tabTo(page, page.getByRole('button', { name: 'Actions' }), { back: true })
  await page.keyboard.press('Enter')
  await page.keyboard.press('ArrowDown')
  check('a menu opens and moves by the arrows', await comesTo(page, () => isActive(page.getByRole('menuitem').nth(1))))
  await page.keyboard.press('Escape')
  await page.waitForTimeout(300)
  await page.keyboard.press('Escape')
  check(
    'Escape closes the inspector and goes back to the tree',
    (await closes(page.locator('.inspector'))) && (await active('.tree-row')),
  )
}

async function analytics(person) {
  const { page, sees, closes } = person
  await go(person, 'Analytics')
  const params = () => new URL(page.url()).searchParams
  const is = async (name, holds) => holds(await comesTo(page, () => params().get(name), holds))
  const has = (name, value) => is(name, (found) => found === value)
  const changes = (name, before) => is(name, (found) => found !== before)
  await tabTo(page, page.getByRole('checkbox', { name: 'Compare with the period before' }))
  await page.keyboard.press('Space')
  check('Space compares with the period before', await has('compare', '1'))
  check(
    'a filter is set by its letters',
    (await choose(page, page.getByLabel('Path', { exact: true }), 'acme/chat')) && (await has('path', 'acme/chat')),
    at(page),
  )
  check(
    'and another',
    (await choose(page, page.getByLabel('Service', { exact: true }), 'openai')) && (await has('service', 'openai')),
    at(page),
  )
  check('Tab comes to "Clear filters"', await tabAndEnter(page, page.getByRole('button', { name: 'Clear filters' })))
  check('which clears them', (await has('path', null)) && (await has('service', null)))
  const group = (name) => page.getByRole('radiogroup', { name, exact: true })
  check('and keeps the focus there', await comesTo(page, () => isActive(page.getByLabel('Path', { exact: true }))))
  check(
    'the range is chosen by the arrows',
    (await segment(page, group('Range'), '7d', { back: true })) && (await has('range', '7d')),
    at(page),
  )
  check(
    'Custom shows its dates',
    (await segment(page, group('Range'), 'Custom')) && (await sees(page.getByRole('group', { name: 'Custom range' }))),
    at(page),
  )
  const until = params().get('until')
  const since = params().get('since')
  await tabTo(page, page.getByRole('spinbutton').nth(1))
  await page.keyboard.press('ArrowDown')
  check('a date is changed by the arrows', await changes('since', since), at(page))
  check('Tab comes to the calendar', await tabAndEnter(page, page.getByRole('button', { name: /^Calendar/ })))
  check(
    'which opens with the focus in it',
    (await sees(page.getByRole('grid'))) && (await comesTo(page, () => inDialog(page))),
  )
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Enter')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  check(
    'two presses choose a range',
    (await closes(page.getByRole('grid'))) && (await changes('until', until)),
    at(page),
  )
  check(
    'the measure is chosen by the arrows',
    (await segment(page, group('Measure'), 'Requests')) && (await has('measure', 'requests')),
    at(page),
  )
  check('the stack by its letters', await choose(page, page.getByLabel('Stacked by'), 'By model'))
  await segment(page, group('View'), 'Table')
  check(
    'the chart has a table for who cannot see it',
    await sees(page.getByRole('group', { name: 'Trend as a table' })),
  )
  check('which can be scrolled to', await tabTo(page, page.getByRole('group', { name: 'Trend as a table' })))
  // The rows of the choice before stay until those of this one are there.
  const rows = page.waitForResponse((response) => /\/breakdown\?.*\bby=model\b/.test(response.url()), {
    timeout: 10_000,
  })
  check(
    'the breakdown is chosen by the arrows',
    (await segment(page, group('By'), 'Model')) && (await has('by', 'model')),
    at(page),
  )
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    tabAndEnter(page, page.getByRole('link', { name: 'Breakdown as CSV' })),
  ])
  check('the CSV comes by Enter', download.suggestedFilename().endsWith('.csv'), download.suggestedFilename())
  await rows
  const row = page.getByRole('group', { name: 'Breakdown' }).getByRole('link').first()
  const name = await row.innerText()
  check(
    'a row of the breakdown filters by Enter',
    (await tabAndEnter(page, row)) && (await has('model', name)),
    at(page),
  )
}

async function services(person) {
  const { page, sees, closes, dialog } = person
  await go(person, 'Services')
  const provider = page
    .locator('.service-list')
    .getByRole('button', { name: /^anthropic/i })
    .first()
  check(
    'a provider is chosen by Enter',
    (await tabAndEnter(page, provider)) &&
      (await comesTo(page, () => new URL(page.url()).searchParams.get('service') === 'anthropic')),
    at(page),
  )
  check(
    'Tab comes to the price editor',
    await tabAndEnter(page, page.getByRole('button', { name: 'Set a price' }), { most: 250 }),
  )
  check('which opens with the focus in it', (await sees(dialog)) && (await comesTo(page, () => inDialog(page))))
  await write(page, dialog.getByLabel('Model', { exact: true }), 'claude-keyboard')
  await write(page, dialog.getByLabel('Meter', { exact: true }), 'output_tokens')
  await write(page, page.getByLabel('USD for a million'), '7.5')
  await choose(page, page.getByLabel('Tier'), 'batch')
  await tabAndEnter(page, dialog.getByRole('button', { name: 'Set price' }))
  await closes()
  const [price] = await analyst(
    "SELECT usd, tier FROM quotakit.price WHERE service = 'anthropic' AND model = 'claude-keyboard'",
  )
  check(
    'a price is set without a mouse',
    Number(price?.usd) === 0.0000075 && price.tier === 'batch',
    price ?? (await page.locator('body').innerText()).slice(0, 1500),
  )
  // The focus goes back to where it was first.
  await page.waitForTimeout(300)
  check(
    'Tab comes to the import',
    (await tabAndEnter(page, page.getByRole('button', { name: 'Import prices…' }), { back: true, most: 250 })) &&
      (await sees(dialog.getByRole('heading', { name: 'Import prices' }))),
  )
  check('and to its file', await tabTo(page, dialog.getByLabel('File')))
  // Listened for before the key is pressed: the browser is told to hand the chooser over, which takes a moment.
  const chosen = page.waitForEvent('filechooser')
  chosen.catch(() => {})
  await page.waitForTimeout(500)
  await page.keyboard.press('Enter')
  await (await chosen).setFiles({ name: 'prices.json', mimeType: 'application/json', buffer: Buffer.from('{}') })
  check('a file is chosen by Enter', await tabTo(page, dialog.getByRole('button', { name: 'Show what changes' })))
  await page.keyboard.press('Escape')
  check('Escape leaves the import', await closes())
}

async function keys(person) {
  const { page, sees, closes, dialog, clipboard } = person
  await go(person, 'API Keys')
  await tabAndEnter(page, page.getByRole('button', { name: 'Create key' }))
  await sees(dialog)
  await write(page, page.getByLabel('Name'), 'made by keyboard')
  await page.keyboard.press('Enter')
  check('a key is made without a mouse', await sees(dialog.getByText(/^aisc_/)))
  const key = (await dialog.locator('pre').first().innerText()).trim()
  await tabAndEnter(page, dialog.getByRole('button', { name: 'Copy: API key' }))
  check('and copied', await comesTo(page, async () => (await clipboard()) === key))
  await page.keyboard.press('Escape')
  check('Escape does not lose it by mistake', await dialog.isVisible())
  await tabAndEnter(page, dialog.getByRole('button', { name: 'I have kept it' }))
  await closes()
  await tabAndEnter(page, page.getByRole('button', { name: 'Revoke made by keyboard' }))
  check('revoking asks first', await sees(dialog.getByRole('heading', { name: 'Revoke “made by keyboard”?' })))
  await tabAndEnter(page, dialog.getByRole('button', { name: 'Cancel' }))
  await closes()
  check(
    'and can be left',
    (await value("SELECT count(*) FROM quotakit.api_key WHERE name = 'made by keyboard' AND revoked_at IS NULL")) == 1,
  )
  await tabAndEnter(page, page.getByRole('button', { name: 'Revoke made by keyboard' }))
  await sees(dialog)
  await tabAndEnter(page, dialog.getByRole('button', { name: 'Revoke key' }))
  check(
    'a key is revoked without a mouse',
    (await closes()) &&
      (await sees(page.getByRole('row', { name: /made by keyboard.*revoked/s }))) &&
      (await value("SELECT count(*) FROM quotakit.api_key WHERE name = 'made by keyboard' AND revoked_at IS NULL")) ==
        0,
  )
}

async function settings(person) {
  const { page, sees } = person
  await go(person, 'Settings')
  check('Tab comes to the tabs of Settings', await tabTo(page, page.getByRole('tab', { name: 'Account' })))
  for (const tab of ['Statements', 'Alert addresses', 'Notifications', 'Members', 'Profile', 'Data export']) {
    await page.keyboard.press('ArrowRight')
    check(`the arrow goes to ${tab}`, await sees(page.getByRole('tab', { name: tab, selected: true })))
  }
  await page.keyboard.press('Home')
  await sees(page.getByLabel('Contact', { exact: true }))
  await write(page, page.getByLabel('Contact', { exact: true }), 'Ada by keyboard')
  await page.keyboard.press('Enter')
  check(
    'Enter saves the settings',
    (await sees(page.getByText('The settings were saved'))) &&
      (await value('SELECT contact_name FROM quotakit.account WHERE account_id <> 0')) === 'Ada by keyboard',
  )
}

async function guide(person) {
  const { page } = person
  await go(person, 'Guide')
  check('Tab comes to the demo tree', await tabTo(page, page.locator('.tree-row[tabindex="0"]')))
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-path'))
  const first = await focused()
  await page.keyboard.press('ArrowDown')
  const moved = (path) => path !== first && path !== null
  check('where the arrows work too', moved(await comesTo(page, focused, moved)))
  check('and on to the snippets', await tabTo(page, page.getByRole('button', { name: 'Copy: Python' })))
}

async function signOutAndIn(person) {
  const { page, sees } = person
  const theme = page.getByRole('button', { name: /^Theme/ })
  await tabTo(page, theme, { back: true, most: 120 })
  await page.keyboard.press('Enter')
  await sees(page.getByRole('menu'))
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  check(
    'the theme is chosen by keyboard',
    await comesTo(page, () => page.evaluate(() => document.documentElement.dataset.theme === 'dark')),
  )
  await page.waitForTimeout(300)
  await tabTo(page, theme)
  await page.keyboard.press('Enter')
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  await page.waitForTimeout(300)
  check('Tab comes to Sign out', await tabAndEnter(page, page.getByRole('button', { name: 'Sign out' })))
  check('which signs out', await sees(page.getByRole('heading', { name: 'Sign in' })))
  await tabTo(page, page.getByLabel('E-mail'))
  await page.keyboard.type(EMAIL)
  await page.keyboard.press('Tab')
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
  check('and in again', await sees(page.getByRole('heading', { name: 'Projects', level: 1 })))
}

export async function keyboardAlone(person) {
  await person.visit('/projects')
  for (const part of [projects, analytics, services, keys, settings, guide, signOutAndIn]) {
    try {
      await part(person)
    } catch (error) {
      check(`${part.name} by keyboard comes to its end`, false, String(error?.stack ?? error))
      await person.page.goto(`${BASE}/projects`)
    }
  }
}
