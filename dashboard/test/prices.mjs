// Prices: a service of one's own, a file with a preview, a model that nobody priced, and what it would have cost.
import { check } from './support/browser.mjs'
import { report, uuid7 } from './support/application.mjs'
import { decimal, rounded } from './support/decimal.mjs'
import { accessible, fits } from './support/looks.mjs'
import { analyst, value } from './support/psql.mjs'

const MODEL = 'gpt-next-preview'
const HOUR_MS = 3_600_000

/** A service of one's own, with a price for a named meter and one in credits. */
export async function customService({ page, button, field, visit, sees, settle, finish }) {
  await visit('/services')
  await button('Add service').click()
  await settle()
  await accessible(page, 'Services with the service editor open')
  await field('Service').fill('in-house-llm')
  await field('Title').fill('In-house models')
  await finish('Add service')
  check(
    'the new service is shown, with nothing priced',
    (await sees(page.getByRole('heading', { name: 'In-house models' }))) &&
      (await sees(page.getByText('No model has a price here.'))),
  )
  check(
    "and marked as the account's own",
    await sees(page.locator('.service-list li', { hasText: 'In-house models' }).getByText('own')),
  )
  await button('Set a price').click()
  await field('Model').fill('tuned-8b')
  await field('Meter').fill('image')
  await field('USD for one').fill('0.04')
  await field('Credits for one').fill('3')
  await settle()
  await accessible(page, 'Services with the price editor open, a named meter')
  await finish('Set price')
  const row = page.getByRole('row', { name: /tuned-8b/ })
  check(
    'its price is listed',
    await sees(row.getByText('image: $0.04 / image + 3 credits / image')),
    await row.innerText().catch(() => 'no row'),
  )
  const [price] = await analyst(
    "SELECT usd, credits FROM quotakit.price WHERE service = 'in-house-llm' AND model = 'tuned-8b' AND meter = 'image'",
  )
  check('and in the database', Number(price?.usd) === 0.04 && Number(price?.credits) === 3, price)
  await visit('/projects')
  await button('Add path').click()
  check(
    'a path can be given the service',
    await sees(page.getByRole('dialog').locator('option[value="in-house-llm"]').locator('xpath=ancestor::select')),
  )
  await page.keyboard.press('Escape')
}

/** A price that holds from a later date leaves the present one as it is. */
export async function datedPrice({ page, field, visit, sees, finish, settle }) {
  await visit('/services?service=openai')
  await page.getByRole('searchbox', { name: 'Find a model' }).fill('gpt-4o-mini')
  const inForce = async () =>
    (
      await analyst(
        "SELECT account_id, usd_per_million FROM quotakit.price_current WHERE service = 'openai' AND model = 'gpt-4o-mini' AND meter = 'input_tokens' AND tier = 'standard'",
      )
    )
      .map((row) => `${row.account_id}: ${row.usd_per_million}`)
      .join()
  const before = await inForce()
  await page.getByRole('button', { name: 'Change a price of gpt-4o-mini', exact: true }).click()
  check('what it cost so far is shown', await sees(page.getByRole('dialog').getByText('So far')))
  const from = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS + 240 * HOUR_MS)
  await field('USD for a million').fill('0.2')
  await field('From').fill(new Date(from.getTime() - from.getTimezoneOffset() * 60_000).toISOString().slice(0, 16))
  await settle()
  await fits(page, 'price editor')
  await finish('Set price')
  const [row] = await analyst(
    "SELECT usd, valid_from FROM quotakit.price WHERE service = 'openai' AND model = 'gpt-4o-mini' AND meter = 'input_tokens' AND account_id <> 0",
  )
  check(
    'a price is set from its date on',
    Number(row?.usd) === 0.0000002 && Date.parse(row.valid_from) === from.getTime(),
    row,
  )
  check('and not before', before !== '' && (await inForce()) === before, { before, now: await inForce() })
}

const FILE = {
  'gpt-4o': {
    litellm_provider: 'openai',
    mode: 'chat',
    input_cost_per_token: 0.0000019,
    output_cost_per_token: 0.0000095,
  },
  'imported-large': {
    litellm_provider: 'openai',
    mode: 'chat',
    input_cost_per_token: 0.000004,
    output_cost_per_token: 0.000012,
    max_input_tokens: 200000,
  },
}
const NEWER = {
  ...FILE,
  'imported-large': { ...FILE['imported-large'], input_cost_per_token: 0.000005, output_cost_per_token: 0.0000120001 },
  'imported-small': {
    litellm_provider: 'openai',
    mode: 'chat',
    input_cost_per_token: 0.000001,
    input_cost_per_token_above_200k_tokens: 0.000002,
    cost_per_wish: 3,
  },
}

/** A file is previewed; nothing is changed by looking, all of it by saying so. */
export async function importFile({ page, button, dialog, visit, sees, settle, finish }) {
  const own = () => value('SELECT count(*) FROM quotakit.price WHERE account_id <> 0 AND superseded_by IS NULL')
  await visit('/services?service=openai')
  const before = await own()
  await button('Import prices…').click()
  const choose = (name, text) =>
    dialog.getByLabel('File').setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) })
  await choose('broken.json', '{"a":')
  check(
    'a file that is no price file is told apart',
    (await sees(dialog.getByText('This is not a JSON object of prices.'))) &&
      (await dialog.getByRole('button', { name: 'Show what changes' }).isDisabled()),
  )
  await choose('prices.json', JSON.stringify(FILE))
  await dialog.getByRole('button', { name: 'Show what changes' }).click()
  const preview = dialog.getByRole('group', { name: 'What the import changes' })
  check(
    'the preview lists every price of the file',
    (await sees(preview.getByRole('row', { name: /imported-large/ }))) &&
      (await preview.getByRole('row', { name: /^new / }).count()) === 4,
    await preview.innerText().catch(String),
  )
  check(
    'with what it cost by the built-in prices, and will cost',
    await sees(preview.getByRole('row', { name: /gpt-4o input/ }).getByText('$2.50 → $1.90 / M')),
    await preview.innerText().catch(String),
  )
  check('and changes nothing', (await own()) === before)
  await settle()
  await accessible(page, 'Services with the import previewed')
  await fits(page, 'import')
  await finish('Import')
  check('the import sets them', Number(await own()) === Number(before) + 4, await own())
  await page.getByRole('searchbox', { name: 'Find a model' }).fill('imported-large')
  check(
    'the imported model is on the page',
    await sees(page.getByRole('row', { name: /imported-large.*\$4\.00 \/ M.*\$12\.00 \/ M/s })),
  )

  await button('Import prices…').click()
  await choose('newer.json', JSON.stringify(NEWER))
  await dialog.getByRole('button', { name: 'Show what changes' }).click()
  const shows = (row, price) =>
    sees(preview.getByRole('row', { name: row }).getByRole('cell', { name: price, exact: true }))
  check(
    'a newer file: each price that changes stands with the one before',
    await shows(/^changed .*imported-large input/, '$4.00 → $5.00 / M'),
    await preview.innerText().catch(String),
  )
  check(
    'with the places that it takes to see the difference',
    await shows(/^changed .*imported-large output/, '$12.00 → $12.0001 / M'),
    await preview.innerText().catch(String),
  )
  check(
    'a new one has none before it, and one that stays is shown once',
    (await shows(/^new .*imported-small input \$/, '$1.00 / M')) &&
      (await shows(/^new .*imported-small input, above 200K/, '$2.00 / M')) &&
      (await shows(/^same .*gpt-4o input/, '$1.90 / M')),
    await preview.innerText().catch(String),
  )
  check(
    'and it is summed up',
    (await dialog.locator('.tags .badge').allInnerTexts()).join(', ') ===
      '2 changed, 2 new, 1 not understood, 2 the same, 3 ignored',
    await dialog.locator('.tags').innerText(),
  )
  await settle()
  await accessible(page, 'Services with the import of a newer file previewed')
  await fits(page, 'import of a newer file')
  await finish('Import')
  await page.getByRole('searchbox', { name: 'Find a model' }).fill('imported-large')
  check(
    'the changed price is on the page',
    await sees(page.getByRole('row', { name: /imported-large.*\$5\.00 \/ M.*\$12\.00 \/ M/s })),
  )
}

/** A model that traffic brought and nobody priced: one press and two numbers, and a reprice that fills in. */
export async function unpriced({ page, field, dialog, visit, sees, closes, settle, finish }, key) {
  const at = Date.now() - 2 * HOUR_MS
  const calls = Array.from({ length: 4 }, () => ({
    id: uuid7(at),
    path: 'lab/evaluation',
    model: MODEL,
    usage: { input_tokens: 1_000_000, output_tokens: 500_000 },
  }))
  await report(key, calls)
  const cost = () => value(`SELECT sum(cost_usd) FROM quotakit.ledger WHERE model = '${MODEL}'`)
  await visit('/services')
  const row = page.getByRole('group', { name: 'Unpriced models' }).getByRole('row', { name: new RegExp(MODEL) })
  check(
    'an unpriced model seen in traffic is listed, with its calls',
    (await sees(row)) && /\b4\b/.test(await row.innerText()),
    await row.innerText().catch(String),
  )
  await page.getByRole('button', { name: `Price it: ${MODEL}` }).click()
  check(
    'one press opens its price, from when it was first seen',
    (await sees(dialog.getByRole('heading', { name: `Price ${MODEL}` }))) &&
      Date.parse(await field('From').inputValue()) <= at,
  )
  await settle()
  await accessible(page, 'Services with an unpriced model open')
  await fits(page, 'unpriced model')
  await field('Input').fill('2.50')
  await field('Output').fill('10')
  await finish('Set prices')
  const [price] = await analyst(
    `SELECT usd, valid_from FROM quotakit.price WHERE model = '${MODEL}' AND meter = 'input_tokens'`,
  )
  check('the price is in the database', Number(price?.usd) === 0.0000025 && Date.parse(price.valid_from) <= at, price)
  check('what is recorded keeps its cost', Number((await cost()) ?? 0) === 0, await cost())

  const reprice = page.getByRole('button', { name: `Reprice: ${MODEL}` })
  check('it is offered to reprice', await sees(reprice))
  await reprice.click()
  await settle()
  await accessible(page, 'Services with a reprice open')
  await dialog.getByRole('button', { name: 'Dry run' }).click()
  check(
    'the dry run says what would change',
    await sees(dialog.getByText('4 of 4 events change: $0.00 becomes $30.00 ($30.00).')),
    await dialog.innerText(),
  )
  check('in which path', await sees(dialog.getByRole('row', { name: /lab\/evaluation.*\$30\.00/ })))
  await settle()
  await accessible(page, 'Services with a dry run')
  await fits(page, 'reprice')
  check('and changes nothing', Number((await cost()) ?? 0) === 0, await cost())
  check('it is not applied by mistake', await dialog.getByRole('button', { name: 'Append adjustments' }).isDisabled())
  await dialog.getByText('Append the difference as adjustments', { exact: false }).click()
  await finish('Append adjustments')
  check('then the adjustments are appended', rounded(decimal(await cost()), 2) === decimal('30'), await cost())
  check('counters and ledger agree', (await analyst('SELECT * FROM quotakit.verify()')).length === 0)

  check(
    'the model is unpriced no more',
    await row.waitFor({ state: 'detached' }).then(
      () => true,
      () => false,
    ),
  )
  await page.getByRole('button', { name: 'Reprice…' }).click()
  await dialog.getByRole('button', { name: 'Dry run' }).click()
  check(
    'a second dry run finds nothing to change',
    (await sees(dialog.getByText('No event changes.'))) &&
      (await dialog.getByRole('button', { name: 'Append adjustments' }).isDisabled()),
  )
  await page.keyboard.press('Escape')
  await closes()
}
