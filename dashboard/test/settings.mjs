// Settings: the account, statements, the person's own name and password, all of it to take away.
import { BASE, check } from './support/browser.mjs'
import { decimal, says, sum } from './support/decimal.mjs'
import { EMAIL, PASSWORD } from './first-day.mjs'
import { accessible, fits } from './support/looks.mjs'
import { newPerson } from './support/person.mjs'
import { analyst, dba, value } from './support/psql.mjs'

const NEW_PASSWORD = 'a better horse battery'
const MONTH = new Date().toISOString().slice(0, 7)
const MONTH_NAME = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
  new Date(),
)

export async function account({ page, button, field, visit, sees }) {
  await visit('/settings')
  check('nothing to save at first', await button('Save changes').isDisabled())
  await field('Billing address').fill('1 Loop Lane\nSpringfield')
  await field('Week begins on').selectOption('7')
  await field('USD per credit').fill('0.02')
  await field('Hour of digests').selectOption('6')
  await page.getByText('Mail it to the contact when a month has ended').click()
  await button('Save changes').click()
  check('the settings are saved', await sees(page.getByText('The settings were saved')))
  const [row] = await dba(
    'SELECT billing_address, week_start, usd_per_credit FROM quotakit.account WHERE account_id <> 0',
  )
  check(
    'the account is as it was written',
    row.billing_address === '1 Loop Lane\nSpringfield' &&
      Number(row.week_start) === 7 &&
      Number(row.usd_per_credit) === 0.02,
    row,
  )
  const [mail] = await dba('SELECT statements, digest_hour FROM quotakit.alert_setting WHERE account_id <> 0')
  check('and so are its mails', mail.statements === false && Number(mail.digest_hour) === 6, mail)
  await page.reload()
  check(
    'they are there after a reload',
    (await field('Billing address').inputValue()) === '1 Loop Lane\nSpringfield' &&
      (await field('Hour of digests').inputValue()) === '6',
  )
  const retention = () => value('SELECT retention::text FROM quotakit.account WHERE account_id <> 0')
  const before = await retention()
  await field('Retention in days').fill('20')
  await button('Save changes').click()
  await page.waitForTimeout(500)
  check(
    'what is out of range is not saved',
    (await field('Retention in days').evaluate((input) => !input.validity.valid)) && (await retention()) === before,
    await retention(),
  )
}

/** The month's statement: on the page, as CSV, on paper, and from the ledger. */
export async function statement({ page, button, visit, sees, download, settle }) {
  await visit('/settings?tab=statements')
  const months = page.getByRole('group', { name: 'Statements' })
  check(
    'there is a statement for each month with calls',
    (await sees(months.getByRole('row', { name: new RegExp(MONTH_NAME) }))) &&
      (await months.getByRole('row').count()) >= 3,
    await months.innerText(),
  )
  await button(`View ${MONTH_NAME}`).click()
  check('it has an address of its own', new URL(page.url()).searchParams.get('month') === MONTH)
  const sheet = page.locator('.statement')
  check(
    'it is for the account, at its address',
    (await sees(sheet.getByText('1 Loop Lane'))) && (await sees(sheet.getByText('still running'))),
  )
  const { sql } = await page.evaluate(
    (month) => fetch(`/api/statements/${month}`).then((answer) => answer.json()),
    MONTH,
  )
  const lines = await analyst(sql)
  const total = sum(lines.map((line) => line.cost_usd))
  const shown = await sheet.locator('tfoot td').allInnerTexts()
  check('its total is what psql says, to the cent', total > 0n && says(shown.at(-1), total, { money: true }), {
    shown,
    total: String(total),
  })
  check('and so are its requests', says(shown[1], sum(lines.map((line) => line.requests))), shown)
  const rows = await sheet
    .locator('tbody tr')
    .evaluateAll((list) => list.map((row) => [...row.cells].map((cell) => cell.innerText)))
  const wrong = lines.filter(
    (line) =>
      !rows.some(
        (row) =>
          row[0] === line.path &&
          row[2] === (line.model || '–') &&
          says(row[6], decimal(line.cost_usd)) &&
          says(row[3], decimal(line.requests)),
      ),
  )
  check('line by line', rows.length === lines.length && wrong.length === 0, { wrong, rows })

  const { name, text } = await download(page.getByRole('link', { name: 'CSV' }))
  const csv = text.trim().split(/\r?\n/)
  const head = csv[0].split(',')
  check(
    'the CSV has a name and a line for each',
    name.endsWith('.csv') && name.includes(MONTH) && csv.length === lines.length + 2,
    { name, lines: csv.length },
  )
  const last = csv.at(-1).split(',')
  check('and the same total', decimal(last[head.indexOf('cost_usd')]) === total, csv.at(-1))

  await page.evaluate(() => {
    window.__printed = 0
    window.print = () => {
      window.__printed++
    }
  })
  await button('Print').click()
  check('Print prints', (await page.evaluate(() => window.__printed)) === 1)
  await page.emulateMedia({ media: 'print' })
  await settle()
  const visible = (selector) => page.locator(selector).first().isVisible()
  check(
    'on paper there is the statement alone',
    (await visible('.statement')) &&
      !(await visible('.shell-header')) &&
      !(await visible('[role="tablist"]')) &&
      !(await visible('.no-print')) &&
      (await page.locator('.card .button:visible').count()) === 0,
  )
  const paper = await page.pdf({ format: 'A4' })
  check('and it can be drawn as a PDF', paper.subarray(0, 5).toString() === '%PDF-')
  await page.emulateMedia({ media: 'screen' })
  await button('All statements').click()
  check('and back to all of them', await sees(months))
}

export async function profile({ page, button, field, visit, sees }, browser) {
  await visit('/settings?tab=profile')
  await field('Your name').fill('Ada Lovelace')
  await button('Save name').click()
  check(
    'a name is saved',
    (await sees(page.getByText('The name was saved'))) &&
      (await value(`SELECT name FROM quotakit.member WHERE email = '${EMAIL}'`)) === 'Ada Lovelace',
  )

  // The same person elsewhere: a session that should end.
  const elsewhere = await newPerson(browser)
  await elsewhere.visit('/settings')
  await elsewhere.field('E-mail').fill(EMAIL)
  await elsewhere.field('Password').fill(PASSWORD)
  await elsewhere.button('Sign in').click()
  await elsewhere.sees(elsewhere.page.getByRole('heading', { name: 'Settings' }))

  await field('Present password').fill('not the password')
  await field('New password').fill(NEW_PASSWORD)
  await button('Change password').click()
  check('a password is not changed without the present one', await sees(page.getByRole('alert')))
  await accessible(page, 'Settings, Profile with a problem')
  await field('New password').fill('short')
  check('a short one is not offered to be set', await button('Change password').isDisabled())
  await field('Present password').fill(PASSWORD)
  await field('New password').fill(NEW_PASSWORD)
  await button('Change password').click()
  check('with it, it is', await sees(page.getByText('The password was changed', { exact: false })))
  await visit('/settings?tab=profile')
  check('the own session goes on', await sees(page.getByRole('heading', { name: 'Change password' })))
  await elsewhere.visit('/projects')
  check('all others have ended', await elsewhere.sees(elsewhere.page.getByRole('heading', { name: 'Sign in' })))
  const signIn = async (password) => {
    await elsewhere.field('E-mail').fill(EMAIL)
    await elsewhere.field('Password').fill(password)
    await elsewhere.button('Sign in').click()
  }
  await signIn(PASSWORD)
  check('the old password works no more', await elsewhere.sees(elsewhere.page.getByRole('alert')))
  await signIn(NEW_PASSWORD)
  check('the new one does', await elsewhere.sees(elsewhere.page.getByRole('heading', { name: 'Projects', level: 1 })))
  await elsewhere.page.context().close()

  await field('Present password').fill(NEW_PASSWORD)
  await field('New password').fill(PASSWORD)
  await button('Change password').click()
  await sees(page.getByText('The password was changed', { exact: false }))
}

export async function dataExport({ page, field, visit, sees, download }) {
  await visit('/settings?tab=export')
  const config = await download(page.getByRole('link', { name: 'Download JSON' }))
  const all = JSON.parse(config.text)
  const paths = await analyst('SELECT path FROM quotakit.node ORDER BY path')
  check(
    'the configuration has every path',
    all.nodes.length === paths.length && paths.every(({ path }) => all.nodes.some((node) => node.path === path)),
    all.nodes.length,
  )
  check(
    'and every quota',
    all.policies.length === Number(await value('SELECT count(*) FROM quotakit.policy_status')),
    all.policies.length,
  )
  check('and nothing secret', !/aisc_|aiss_|aisi_|whsec_|\$2[aby]\$|password|hash/i.test(config.text))
  const day = (offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
  await field('Since').fill(day(-10))
  await field('Until').fill(day(-3))
  const usage = await download(page.getByRole('link', { name: 'Download CSV' }))
  const lines = usage.text.trim().split(/\r?\n/)
  const head = lines[0].split(',')
  const cost = head.indexOf('cost_usd')
  const zone = await value('SELECT time_zone FROM quotakit.account WHERE account_id <> 0')
  const rows = await analyst(
    `SELECT cost_usd FROM quotakit.usage_hour WHERE hour >= '${day(-10)}'::timestamp AT TIME ZONE '${zone}' AND hour < '${day(-2)}'::timestamp AT TIME ZONE '${zone}'`,
  )
  check('the usage has a line for each hour, path and model', rows.length > 50 && lines.length === rows.length + 1, {
    rows: rows.length,
    lines: lines.length,
  })
  check(
    'and sums up to what psql says',
    sum(lines.slice(1).map((line) => line.split(',')[cost])) === sum(rows.map((row) => row.cost_usd)),
  )
  await field('Since').fill(day(-200))
  check(
    'more than it can take is told before',
    (await sees(page.getByText('At most 92 days at once.'))) &&
      (await page.getByRole('link', { name: 'Download CSV' }).count()) === 0,
  )
  await fits(page, 'Settings, Data export with a problem')
  await page.goto(`${BASE}/settings`)
}
