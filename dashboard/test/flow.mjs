// The dashboard from the first sign-up to the last sign-out, against a real gateway.
// tests/test_dashboard.py starts it, with BASE, PYTHON and PYTHONPATH in the environment.
import { execFile } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { BASE, accessible, check, fits, open, settle, tabTo } from './browser.mjs'

const run = promisify(execFile)
const EMAIL = 'ada@acme.example'
const PASSWORD = 'correct horse battery'
const HOSTILE = '<img src=x onerror="window.__xss=1">'
const DIST = new URL('../dist/', import.meta.url)

const { browser, page, complaints } = await open()
const button = (name, exact = true) => page.getByRole('button', { name, exact })
const field = (label) => page.getByLabel(label, { exact: true })
const dialog = page.getByRole('dialog').or(page.getByRole('alertdialog'))
const visit = async (path) => {
  await page.goto(BASE + path)
  await settle(page)
}
const sees = (locator, timeout = 8000) => locator.first().waitFor({ state: 'visible', timeout }).then(() => true, () => false)

/** One process of an application: each model is one call; prints how each ended. */
async function application(key, path, models) {
  const code = `
import sys, quotakit
quotakit.init(api_key=sys.argv[1], base_url=sys.argv[2])
for model in sys.argv[4:]:
    try:
        with quotakit.track(sys.argv[3], service="openai", model=model) as t:
            t.result(input_tokens=100000, output_tokens=20000)
        print("recorded")
    except quotakit.QuotaExceeded as refusal:
        print("refused")
quotakit.flush()
quotakit.shutdown(5)
`
  const { stdout } = await run(process.env.PYTHON ?? 'python3', ['-c', code, key, BASE, path, ...models], { timeout: 30_000 })
  return stdout.trim().split('\n')
}

async function bundle() {
  const html = readFileSync(new URL('index.html', DIST), 'utf8')
  const files = [...html.matchAll(/(?:src|href)="\/([^"]+\.js)"/g)].map((match) => match[1])
  const size = files.reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, DIST))).length, 0)
  check('less than 250 KB of compressed JavaScript before the first paint', files.length > 0 && size < 250 * 1024, `${size} bytes in ${files.join(', ')}`)
  const charts = readdirSync(new URL('assets/', DIST)).filter((name) => readFileSync(new URL(`assets/${name}`, DIST), 'utf8').includes('echarts'))
  check('charts are not in it', charts.length > 0 && charts.every((name) => !files.includes(`assets/${name}`)), charts)
}

async function signUp() {
  await visit('/')
  check('a new installation asks for the first sign-up', await sees(page.getByRole('heading', { name: 'Create your account' })))
  await accessible(page, 'sign up')
  await fits(page, 'sign up')
  await field('Account').fill('acme')
  await field('E-mail').fill(EMAIL)
  await field('Password').fill(PASSWORD)
  await button('Sign up').click()
  check('it opens on Projects, with the three steps', await sees(page.getByRole('heading', { name: 'Three steps', exact: false })))
  check('the snippet carries its own address', (await page.locator('.snippet').first().innerText()).includes(BASE))
  await settle(page)
  await accessible(page, 'Projects, empty')
  await fits(page, 'Projects, empty')
}

async function addPath(path, service) {
  await button('Add path').click()
  await field('Path').fill(path)
  if (service) await dialog.getByLabel('Service').selectOption(service)
  await dialog.getByRole('button', { name: 'Add path' }).click()
  await dialog.waitFor({ state: 'hidden' })
}

async function paths() {
  await button('Add path').click()
  await settle(page)
  await accessible(page, 'Projects with the path editor open')
  await page.keyboard.press('Escape')
  check('Escape closes the editor', await dialog.waitFor({ state: 'hidden' }).then(() => true, () => false))
  await addPath('acme', '')
  await addPath('acme/search', 'openai')
  check('both paths are in the tree', await sees(page.locator('[data-path="acme/search"]')) && (await page.locator('.tree-row').count()) === 2)
  check('the inspector opens on the new path, by its address', new URL(page.url()).searchParams.get('path') === 'acme/search')
}

async function quota() {
  await button('Add quota').click()
  await field('Unit').selectOption('requests')
  await field('Limit (Requests)').fill('3')
  await field('Period').selectOption('day')
  await dialog.getByText('Strict', { exact: true }).click()
  check('it says what the quota would have refused', await sees(dialog.getByText(/No call in the last 30 days|would have been refused/)))
  await settle(page)
  await accessible(page, 'Projects with the quota editor open')
  await fits(page, 'quota editor')
  await dialog.getByRole('button', { name: 'Add quota' }).click()
  await dialog.waitFor({ state: 'hidden' })
  check('the quota has its own bar', await sees(page.locator('.policy', { hasText: 'Requests per day' })))
}

async function createKey() {
  await page.getByRole('link', { name: 'API Keys' }).first().click()
  await button('Create key').click()
  await field('Name').fill(`production ${HOSTILE}`)
  await dialog.getByRole('button', { name: 'Create key' }).click()
  const key = (await dialog.locator('pre').first().innerText()).trim()
  check('the key is shown once', /^aisc_/.test(key), key)
  await accessible(page, 'API Keys with a new key')
  await button('I have kept it').click()
  check('and then no more', !(await page.content()).includes(key))
  await settle(page)
  await accessible(page, 'API Keys')
  await fits(page, 'API Keys')
  return key
}

async function spend(key) {
  await visit('/projects?path=acme/search')
  const ended = await application(key, 'acme/search', ['gpt-4o', HOSTILE])
  const flushed = Date.now()
  check('a real SDK call is recorded', ended.join() === 'recorded,recorded', ended)
  const row = page.locator('[data-path="acme/search"]')
  const moved = await sees(row.getByText('2', { exact: true }), 6000)
  const waited = Date.now() - flushed
  check('it appears in the tree', moved, await row.innerText())
  check('within two seconds of the flush', moved && waited <= 2000, `${waited} ms`)
  const more = await application(key, 'acme/search', ['gpt-4o', 'gpt-4o', 'gpt-4o'])
  check('the cap trips', more.join() === 'recorded,refused,refused', more)
  check('the tree says Over, in a word', await sees(row.getByText('Over')))
}

async function refusals() {
  await page.getByRole('tab', { name: 'Refusals' }).click()
  check('the refusal is in the inspector', await sees(page.getByRole('tabpanel').getByText(/calls? refused/)))
  await button('Why?').first().click()
  check('and explains itself', await sees(page.locator('.why', { hasText: /3/ })))
  await accessible(page, 'inspector, Refusals')
}

async function alerts() {
  await page.getByRole('tab', { name: 'Alerts' }).click()
  if (await sees(page.getByText('This server does not send alerts.'), 1500)) {
    console.log('alerts are not offered by this server: not tested')
    return
  }
  await button('Add alert').click()
  await settle(page)
  await accessible(page, 'inspector with the alerts editor open')
  await dialog.getByRole('button', { name: 'Add alert' }).click()
  check('an alert is set', await sees(page.getByText('When 80 % of the limit is used')))
}

async function notes() {
  await page.getByRole('tab', { name: 'Notes' }).click()
  await button('Edit notes and tags').click()
  await dialog.getByRole('textbox', { name: 'Notes' }).fill(`# Search\n\nAsk **Ada**.\n\n${HOSTILE}\n\n[run](javascript:window.__xss=1) [book](https://example.com/)`)
  await dialog.getByRole('textbox', { name: 'Tags' }).fill('prod, eu')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'hidden' })
  check('notes are drawn as Markdown', await sees(page.locator('.markdown strong', { hasText: 'Ada' })))
  check('markup in a note stays text', (await page.locator('.markdown img, .markdown a[href^="javascript"]').count()) === 0 && (await page.locator('.markdown').innerText()).includes('<img'))
  await accessible(page, 'inspector, Notes')
}

async function inspectorTabs() {
  for (const tab of ['Quotas', 'Reservations', 'Audit']) {
    await page.getByRole('tab', { name: tab }).click()
    await settle(page)
    await accessible(page, `inspector, ${tab}`)
  }
  await fits(page, 'inspector')
}

const pages = [
  ['Projects', '/projects'],
  ['Projects and inspector', '/projects?path=acme/search'],
  ['Analytics', '/analytics?compare=1&stack=model'],
  ['Analytics as a table', '/analytics?range=today&view=table&by=path'],
  ['Analytics, custom range', '/analytics?range=custom&since=2026-01-01&until=2026-01-31'],
  ['Services', '/services'],
  ['Settings', '/settings'],
  ['Settings, Statements', '/settings?tab=statements'],
  ['Settings, Alert addresses', '/settings?tab=alerts'],
  ['Settings, Members', '/settings?tab=members'],
  ['Settings, Password', '/settings?tab=password'],
  ['Settings, Data export', '/settings?tab=export'],
  ['Guide', '/guide'],
]

async function everyPage() {
  for (const [name, path] of pages) {
    await visit(path)
    if (path.startsWith('/analytics')) await page.waitForTimeout(700)
    const shift = await page.evaluate(() => window.__shift)
    check(`no layout shift: ${name}`, shift < 0.05, shift)
    check(`no problem is shown: ${name}`, (await page.locator('.notice.problem').count()) === 0, await page.locator('.notice.problem').allInnerTexts())
    await accessible(page, name)
    await fits(page, name)
  }
}

/** Ten filters at random: what a card shows and the query it copies, for psql to say the same. */
async function numbers() {
  const pick = (list) => list[Math.floor(Math.random() * list.length)]
  for (let i = 0; i < 10; i++) {
    const search = new URLSearchParams({ range: pick(['today', '7d', '30d']) })
    for (const [name, values] of [['path', ['', 'acme', 'acme/search']], ['service', ['', 'openai']], ['model', ['', 'gpt-4o']], ['tag', ['', 'prod']]]) {
      const value = pick(values)
      if (value) search.set(name, value)
    }
    const answer = page.waitForResponse((response) => response.url().includes('/api/usage?') && response.status() === 200)
    await page.goto(`${BASE}/analytics?${search}`)
    const { sql } = await (await answer).json()
    const value = page.locator('[data-figure="Spend"]')
    await value.getByText('$').first().waitFor().catch(() => {})
    console.log(JSON.stringify({ compare: `spend at ${search}`, shown: await value.innerText(), sql: typeof sql === 'string' ? sql : sql.usage }))
  }
}

async function pricesFromTraffic() {
  await visit('/services')
  check('an unpriced model seen in traffic can be priced', await sees(page.getByRole('button', { name: /^Price it: </ })))
  await page.getByRole('button', { name: /^Price it: </ }).click()
  await settle(page)
  await accessible(page, 'Services with the price editor open')
  await field('USD for a million').fill('2.50')
  await dialog.getByRole('button', { name: 'Set price' }).click()
  check('one click and a number price it', await dialog.waitFor({ state: 'hidden' }).then(() => true, () => false))
}

async function guarded() {
  const response = await page.goto(`${BASE}/projects?path=acme/search`)
  const headers = response.headers()
  check('no other site may frame a page', /frame-ancestors 'none'/.test(headers['content-security-policy']) && headers['x-frame-options'] === 'DENY', headers)
  check('scripts come from files only', /script-src 'self'(;|$)/.test(headers['content-security-policy']), headers['content-security-policy'])
  check('the session is out of reach of scripts', (await page.evaluate(() => document.cookie)) === '')
  const status = await page.evaluate(() => fetch('/api/keys', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"name":"forged"}' }).then((answer) => answer.status))
  check('a request without the CSRF header is refused', status === 403, status)
  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))
  check('nothing secret is stored in the browser', !/aisc_|aiss_|csrf/.test(stored), stored)
}

/** While nothing happens the live page costs next to nothing. */
async function quiet() {
  await visit('/projects')
  const statuses = []
  const note = (response) => response.url().endsWith('/api/tree') && statuses.push(response.status())
  page.on('response', note)
  await page.waitForTimeout(5000)
  page.off('response', note)
  check('an unchanged tree is answered 304', statuses.length > 0 && statuses.every((status) => status === 304), statuses)
}

async function keyboardAlone() {
  await visit('/projects')
  const active = (selector) => page.evaluate((s) => document.activeElement?.matches(s), selector)
  await page.keyboard.press('/')
  check('/ goes to the search', await active('input[type="search"]'))
  check('Tab comes to the tree, at one row', await tabTo(page, page.locator('.tree-row[tabindex="0"]')))
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-path'))
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowLeft')
  check('the left arrow closes a path', (await page.locator('.tree-row').count()) === 1)
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  check('the right arrow opens it and goes down', (await focused()) === 'acme/search', await focused())
  await page.keyboard.press('Enter')
  check('Enter opens the inspector', await sees(page.locator('.inspector')) && new URL(page.url()).searchParams.get('path') === 'acme/search')
  check('Tab comes to the tabs', await tabTo(page, page.getByRole('tab', { name: 'Quotas' })))
  const edit = page.getByRole('button', { name: /^Edit quota/ }).first()
  check('and to an editor', await tabTo(page, edit))
  await page.keyboard.press('Enter')
  check('which opens with the focus in it', await sees(dialog) && (await active('[role="dialog"] *')))
  await page.keyboard.press('Control+A')
  await page.keyboard.type('4')
  await page.keyboard.press('Enter')
  check('Enter saves it', await dialog.waitFor({ state: 'hidden' }).then(() => true, () => false) && (await sees(page.locator('.policy', { hasText: 'of 4 requests' }))))
  await page.waitForTimeout(300)
  check('the focus goes back to where it was', await edit.evaluate((element) => element === document.activeElement))
  await page.keyboard.press('Escape')
  check('Escape closes the inspector and goes back to the tree', await page.locator('.inspector').waitFor({ state: 'hidden' }).then(() => true, () => false))
}

async function archive() {
  await visit('/projects?path=acme/search')
  await button('Actions').click()
  await page.getByRole('menuitem', { name: 'Archive…' }).click()
  check('archiving says what it means', await sees(dialog.getByText(/takes no new calls/)))
  await dialog.getByRole('button', { name: 'Archive' }).click()
  check('an archived path says so', await sees(page.locator('.inspector .notice', { hasText: 'Archived' })))
  await button('Actions').click()
  await page.getByRole('menuitem', { name: 'Restore…' }).click()
  await dialog.getByRole('button', { name: 'Restore' }).click()
  check('and is restored', await page.locator('.inspector .notice', { hasText: 'Archived' }).waitFor({ state: 'hidden' }).then(() => true, () => false))
}

async function inAndOut() {
  await button('Sign out').click()
  check('signing out asks to sign in', await sees(page.getByRole('heading', { name: 'Sign in' })))
  const deep = '/projects?path=acme/search&tab=refusals'
  await visit(deep)
  check('a deep link without a session asks to sign in', await sees(page.getByRole('heading', { name: 'Sign in' })))
  await accessible(page, 'sign in')
  await fits(page, 'sign in')
  await tabTo(page, field('E-mail'))
  await page.keyboard.type(EMAIL)
  await page.keyboard.press('Tab')
  await page.keyboard.type('not the password')
  await page.keyboard.press('Enter')
  check('a wrong password is told', await sees(page.getByRole('alert')))
  await tabTo(page, field('Password'))
  await page.keyboard.press('Control+A')
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
  check('with the right one it comes back to its page', await sees(page.getByRole('tab', { name: 'Refusals', selected: true })) && page.url() === BASE + deep, page.url())
}

/** A part that breaks off is one failure, and does not hide what the others say. */
async function whole(part) {
  try {
    await part()
  } catch (error) {
    check(`${part.name} comes to its end`, false, String(error?.stack ?? error))
    await visit('/projects?path=acme/search')
  }
}

async function main() {
  await bundle()
  await signUp()
  await paths()
  await quota()
  const key = await createKey()
  await spend(key)
  for (const part of [refusals, notes, alerts, inspectorTabs, everyPage, numbers, pricesFromTraffic, guarded, quiet, keyboardAlone, archive, inAndOut]) await whole(part)
  check('no script came in by a name or a note', (await page.evaluate(() => window.__xss)) === undefined)
  check('the browser complained about nothing', complaints.length === 0, complaints.slice(0, 10).join('\n'))
}

try {
  await main()
} catch (error) {
  check('the flow comes to its end', false, String(error?.stack ?? error))
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/failed.png` })
} finally {
  await browser.close()
}
