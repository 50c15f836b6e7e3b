// What a budget owner changes on a path that runs: its quota, a boost with an end, a freeze, the archive.
import { check } from './support/browser.mjs'
import { reserve, uuid7 } from './support/application.mjs'
import { accessible, fits } from './support/looks.mjs'
import { analyst, value } from './support/psql.mjs'

const DAY_MS = 86_400_000
const PATH = 'acme/chat/support-desk'
const MODEL = 'claude-haiku-4-5'
const call = (usd) => ({ id: uuid7(Date.now()), path: PATH, model: MODEL, usd, usage: {} })
/** What a datetime-local input holds. */
const local = (at) => new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
const policy = async () =>
  (
    await analyst(
      `SELECT limit_amount, boosted_until, used FROM quotakit.policy_status WHERE path::text = '${PATH}' AND unit = 'usd'`,
    )
  )[0]
const dollars = (amount) => `$${amount.toLocaleString('en-US', { minimumFractionDigits: 2 })}`
/** What the quota is set to, above what is used. */
let limit

export async function editQuota({ page, field, visit, sees, settle, finish }) {
  await visit(`/projects?path=${PATH}`)
  await page.getByRole('button', { name: 'Edit quota: USD per week' }).click()
  limit = Math.ceil(Number((await policy()).used)) + 30
  await field('Limit (USD)').fill(String(limit))
  await settle()
  await accessible(page, 'inspector with a quota edited')
  await finish('Save')
  check('an edited quota is on the page', await sees(page.locator('.policy', { hasText: `of ${dollars(limit)}` })))
  check('and in the database', Number((await policy()).limit_amount) === limit, await policy())
}

/** More for a time: the limit is higher at once, says until when, and ends by itself or by 0. */
export async function boost({ page, field, visit, sees, settle, finish, dialog }) {
  await visit(`/projects?path=${PATH}`)
  const until = Math.ceil((Date.now() + 3 * DAY_MS) / 60_000) * 60_000
  await page.getByRole('button', { name: 'Boost quota: USD per week' }).click()
  await field('Extra (USD)').fill('12.5')
  await field('Until').fill(local(until))
  check(
    'a boost says what the limit will be',
    await sees(dialog.getByText(`The limit is ${dollars(limit + 12.5)} until then.`)),
  )
  await settle()
  await accessible(page, 'inspector with the boost open')
  await fits(page, 'boost')
  await finish('Boost')
  const card = page.locator('.policy', { hasText: 'USD per week' })
  check(
    'the boosted limit is on the page, with its end',
    (await sees(card.getByText(`of ${dollars(limit + 12.5)}`))) && (await sees(card.getByText(/\+\$12\.50 until/))),
  )
  const row = await policy()
  check(
    'and in the database, with its end',
    Number(row.limit_amount) === limit + 12.5 && Date.parse(row.boosted_until) === until,
    row,
  )
  await page.getByRole('button', { name: 'Boost quota: USD per week' }).click()
  await field('Extra (USD)').fill('0')
  await finish('End the boost')
  check(
    '0 ends it',
    (await sees(card.getByText(`of ${dollars(limit)}`))) && Number((await policy()).limit_amount) === limit,
    await policy(),
  )
}

export async function removeQuota({ page, button, field, visit, sees, settle, finish, closes }) {
  await visit('/projects?path=acme/search/query-rewrite')
  await button('Add quota').click()
  await field('Limit (USD)').fill('5')
  await finish('Add quota')
  await page.getByRole('button', { name: 'Remove quota: USD per month' }).click()
  await settle()
  await accessible(page, 'inspector, removing a quota')
  await finish('Remove quota')
  check('a removed quota leaves the page', await closes(page.locator('.policy', { hasText: 'of $5.00' })))
  check(
    'and the database',
    Number(
      await value("SELECT count(*) FROM quotakit.policy_status WHERE path::text = 'acme/search/query-rewrite'"),
    ) === 0,
  )
  check(
    'without a quota of its own it says what that means',
    await sees(page.getByText('This path has no quota of its own', { exact: false })),
  )
}

/** Stops a subtree at once, and says why to whoever is refused. */
export async function freeze({ page, field, visit, sees, settle, finish, closes, action }, key) {
  await visit('/projects?path=acme/chat')
  await action('Freeze…')
  await field('Reason').fill('runaway agent')
  await settle()
  await accessible(page, 'inspector, freezing')
  await fits(page, 'freeze')
  await finish('Freeze')
  check(
    'a frozen path says so, and why',
    await sees(page.locator('.inspector .notice', { hasText: 'Frozen: runaway agent' })),
  )
  check('the tree marks it and what is below', await sees(page.locator(`[data-path="${PATH}"]`, { hasText: 'frozen' })))
  const stopped = await reserve(key, call('0.01'))
  check(
    'a call below it is refused, with the reason',
    stopped.status === 403 &&
      stopped.body.reason === 'frozen' &&
      JSON.stringify(stopped.body).includes('runaway agent'),
    stopped,
  )
  await page.getByRole('tab', { name: 'Refusals' }).click()
  check('the refusal says frozen', await sees(page.locator('.feed', { hasText: 'frozen' })))
  await action('Thaw')
  await finish('Thaw')
  check('thawed it is as before', await closes(page.locator('.inspector .notice', { hasText: 'Frozen' })))
  const taken = await reserve(key, call('0.01'))
  check('and takes calls again', taken.status === 201, taken)
}

/** An open reservation is seen while it holds something. */
export async function reservations({ page, visit, sees, settle }) {
  const asked = []
  const note = (request) => asked.push(new URL(request.url()).pathname)
  page.on('request', note)
  for (const at of ['/projects', '/projects?path=acme/chat', '/analytics']) {
    await visit(at)
    await settle()
  }
  check(
    'what looks at the ledger, if only by key, is not asked before its tab is opened',
    asked.includes('/api/tree') && !asked.includes('/api/reservations'),
    asked,
  )
  await visit('/projects?path=acme/chat&tab=reservations')
  check('what is held is listed', await sees(page.getByRole('tabpanel').getByText(PATH)))
  check('then it is', asked.includes('/api/reservations'), asked)
  page.off('request', note)
  const [row] = await analyst('SELECT count(*) AS n, sum(held_usd) AS usd FROM quotakit.open_reservation')
  check('as in the view', Number(row.n) === 1 && Number(row.usd) === 0.01, row)
}

/** Holds that fill a strict quota are seen where it stands, though hardly anything is used. */
export async function held({ page, visit, sees }, key) {
  const [now] = await analyst(
    `SELECT coalesce(sum(requests), 0) AS used FROM quotakit.ledger WHERE path::text = '${PATH}' AND at > now() - interval '2 hours'`,
  )
  const most = 4 * Number(now.used) + 40
  const id = await value(`SELECT quotakit.set_policy('${PATH}', ${most}, 'requests', 'hour', 'strict')`)
  const status = async () => (await analyst(`SELECT * FROM quotakit.policy_status WHERE policy_id = ${id}`))[0]
  const { free } = await status()
  const asked = { ...call('0'), usage: { requests: Number(free) } }
  const taken = await reserve(key, asked)
  check('all that is left is reserved', taken.status === 201, taken)
  // Other reservations may be open.
  const all = Number((await status()).held)
  await visit(`/projects?path=${PATH}`)
  const card = page.locator(`[data-policy="${id}"]`)
  check(
    'a quota that is full of holds is over',
    (await sees(card.getByText('Over', { exact: true }))) && (await status()).status === 'over',
    await status(),
  )
  check(
    'and says how much is held',
    (await sees(card.getByText(/% held$/))) &&
      (await sees(card.getByText(`${all.toLocaleString('en-US')} requests held`))),
    all,
  )
  const row = page.locator(`.tree-row[data-path="${PATH}"]`)
  check(
    'so does the tree',
    (await sees(row.getByText('Over', { exact: true }))) && (await sees(row.getByText(/ held/))),
  )
  await fits(page, 'held')
  await value(`SELECT outcome FROM quotakit.release('${asked.id}')`)
  await value(`SELECT quotakit.remove_policy(${id})`)
}

export async function archive({ page, button, visit, sees, settle, finish, closes, dialog, action }, key) {
  await visit('/projects?path=acme/chat')
  await action('Archive…')
  check('archiving says what it means', await sees(dialog.getByText(/takes no new calls/)))
  await settle()
  await accessible(page, 'inspector, archiving')
  await finish('Archive')
  check('an archived path says so', await sees(page.locator('.inspector .notice', { hasText: 'Archived' })))
  check(
    'it leaves the tree, with all below',
    (await closes(page.locator('[data-path="acme/chat"]'))) &&
      (await page.locator(`[data-path="${PATH}"]`).count()) === 0,
  )
  const rejected = await reserve(key, call('0.01'))
  check('a call below it is rejected', rejected.status === 422 && rejected.body.code === 'archived_path', rejected)
  check(
    'the database has it archived',
    (await value("SELECT archived_at FROM quotakit.node WHERE path::text = 'acme/chat'")) !== null,
  )
  await page.getByText('Archived', { exact: true }).first().click()
  check(
    'the filter brings archived paths back',
    await sees(page.locator('[data-path="acme/chat"]', { hasText: 'archived' })),
  )
  await button('Actions').click()
  await page.getByRole('menuitem', { name: 'Restore…' }).click()
  await settle()
  await accessible(page, 'inspector, restoring')
  await finish('Restore')
  check('and is restored', await closes(page.locator('.inspector .notice', { hasText: 'Archived' })))
  check('it takes calls again', (await reserve(key, call('0.01'))).status === 201)
  await page.getByRole('tab', { name: 'Audit' }).click()
  check('the audit trail knows who', await sees(page.getByRole('tabpanel').getByText('ada@acme.example')))
}
