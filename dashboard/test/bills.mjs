// The provider's bill beside the ledger, on Analytics.
import { check } from './support/browser.mjs'
import { tabAndEnter } from './support/keyboard.mjs'
import { accessible, fits, steady } from './support/looks.mjs'
import { analyst, dba } from './support/psql.mjs'

const RANGE = '/analytics?range=7d'

/** Yesterday's bill, by the day in UTC: a dollar and a quarter more of each model than was recorded, and a model that nobody knows. */
const IMPORT = `
  SELECT i.action FROM (SELECT ((now() AT TIME ZONE 'UTC')::date - 1) AS day) d
  CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('day', d.day, 'model', l.model, 'amount', l.usd + 1.25, 'project', 'proj_script'))
      || jsonb_build_array(jsonb_build_object('day', d.day, 'model', 'gpt-99', 'amount', 7, 'api_key', 'key_beside')) AS bill
    FROM (SELECT 'gpt-4o' AS model, coalesce(sum(cost_usd), 0) AS usd FROM quotakit.ledger
          WHERE service = 'openai' AND model = 'gpt-4o' AND (at AT TIME ZONE 'UTC')::date = d.day) l) b
  CROSS JOIN LATERAL quotakit.import_bill('openai', b.bill) i`

export async function bills(person) {
  const { page, visit, sees, settle } = person
  await dba("SELECT set_config('quotakit.account', 'acme', false)")
  await visit(RANGE)
  const card = page.getByRole('region', { name: 'Capture rate' })
  check('without a bill the card says so', await sees(card.getByText('No bill of these days was imported.')))
  check('a bill is taken over', (await dba(IMPORT)).map(({ action }) => action).join() === 'new')
  await visit(RANGE)
  const row = (name) => card.getByRole('row', { name })
  check(
    'the card names the model, what is missing and the key that spent it',
    (await sees(row(/gpt-99.*\$7\.00.*\$7\.00.*0\.00%.*key_beside \$7\.00/s))) &&
      (await sees(row(/gpt-4o.*\$1\.25.*proj_script/s))),
    await card.innerText(),
  )
  await settle()
  const books = await page.evaluate(
    async (since) => (await fetch(`/api/reconciliation?since=${since}`)).json(),
    new URL(page.url()).searchParams.get('since') ?? new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10),
  )
  const rows = await analyst(books.sql)
  check(
    'an analyst gets the same from the query behind it',
    rows.length === books.rows.length &&
      rows.every((mine, i) => Number(mine.difference_usd) === Number(books.rows[i].difference_usd)),
    { rows, books },
  )
  const total = rows.reduce((sum, { difference_usd }) => sum + Number(difference_usd), 0)
  check('the total is theirs', (await card.locator('[data-figure="Missing"]').innerText()) === `$${total.toFixed(2)}`, {
    total,
    card: await card.innerText(),
  })
  await accessible(page, 'Analytics with a bill')
  await fits(page, 'Analytics with a bill')
  await steady(person, 'Analytics with a bill', RANGE, 1500)
  check(
    'a model of the bill filters by Enter',
    (await tabAndEnter(page, row(/gpt-99/).getByRole('link'))) && /model=gpt-99/.test(page.url()),
    page.url(),
  )
}
