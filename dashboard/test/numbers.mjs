// What Analytics shows equals the SQL of its cards, to the cent, for filters drawn at random.
import { BASE, check } from './support/browser.mjs'
import { decimal, divided, rounded, says, sum } from './support/decimal.mjs'
import { PATHS, generator, picker } from './history.mjs'
import { analyst } from './support/psql.mjs'

const FILTERS = 10
/** A path with what is called on it, so that most filters find something. */
const CALLED = [['acme/search', 'openai', ['prod', 'eu'], ['gpt-4o']], ...PATHS.filter(([, service]) => service)]

function draw(random) {
  const pick = picker(random)
  const [path, service, tags, models] = pick(CALLED)
  const above = path.split('/').map((_, i, labels) => labels.slice(0, i + 1).join('/'))
  const sometimes = (values) => (random() < 0.45 ? pick(values) : '')
  const choices = {
    view: 'table',
    range: pick(['today', '7d', '30d', '30d']),
    path: sometimes(above),
    service: sometimes([service]),
    model: sometimes(models),
    tag: sometimes(tags),
    by: pick(['child', 'path', 'service', 'model', 'day']),
    stack: pick(['none', 'service', 'model', 'child']),
  }
  return new URLSearchParams(Object.entries(choices).filter(([, value]) => value))
}

/** The answers that the page draws, kept as they come. */
function listen(page) {
  const answers = {}
  const note = async (response) => {
    const { pathname } = new URL(response.url())
    const name = { '/api/usage': 'usage', '/api/usage/series': 'series', '/api/usage/breakdown': 'breakdown' }[pathname]
    if (!name || response.status() !== 200) return
    // Two breakdowns are asked for: of the table and of the treemap; and one for the filter of models.
    const by = new URL(response.url()).searchParams.get('by')
    answers[name === 'breakdown' ? `breakdown ${by} ${response.url()}` : name] = await response.json().catch(() => null)
  }
  page.on('response', note)
  return { answers, stop: () => page.off('response', note) }
}

const figure = async (page, name) => (await page.locator(`[data-figure="${name}"]`).innerText()).trim()
const exact = async (page, name) =>
  (await page.locator(`[data-figure="${name}"]`).getAttribute('title')) ?? figure(page, name)

/** Each card's number, and what its own query gives. */
async function cards(page, sql) {
  const usage = await analyst(sql.usage)
  const total = (column) => sum(usage.map((row) => row[column]))
  const [usd, requests, tokens] = ['cost_usd', 'requests', 'tokens'].map(total)
  const [{ refusals }] = await analyst(sql.refusals)
  const [month] = await analyst(sql.forecast)
  const each = requests === 0n ? null : divided(usd, requests)
  const wrong = []
  const compare = (name, shown, value, options) => {
    const same = value === null ? shown === '–' : says(shown, value, options)
    if (!same) wrong.push(`${name}: the page shows ${shown}, psql says ${value}`)
  }
  compare('spend', await figure(page, 'Spend'), usd, { money: true })
  compare('requests', await figure(page, 'Requests'), requests)
  compare('tokens', await exact(page, 'Tokens'), tokens)
  compare('refusals', await figure(page, 'Refusals'), decimal(refusals))
  compare('cost per request', await figure(page, 'Cost per request'), each, { money: true })
  compare('month forecast', await figure(page, 'Month forecast'), decimal(month.forecast_month_usd), { money: true })
  const soFar = (await page.getByRole('region', { name: 'Month forecast' }).locator('.foot').innerText()).replace(
    ' so far',
    '',
  )
  compare('month so far', soFar, decimal(month.month_usd), { money: true })
  return { wrong, usd, requests, tokens, refusals }
}

const cells = (table) =>
  table
    .locator('tbody tr')
    .evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText.trim())))

/** The breakdown's rows, one by one, and the trend's sum, against their own queries and the cards. */
async function tables(page, by, answers, total) {
  const wrong = []
  const url = Object.keys(answers).find(
    (name) => name.startsWith(`breakdown ${by} `) && sameFilters(page.url(), name.split(' ').at(-1)),
  )
  const breakdown = await analyst(answers[url].sql)
  const names = (row) => String(row.key ?? row.path ?? '') || '(none)'
  const shown = await cells(page.getByRole('group', { name: 'Breakdown' })).catch(() => [])
  const rows = breakdown.filter(
    (row) => decimal(row.cost_usd) !== 0n || decimal(row.tokens) !== 0n || decimal(row.requests) !== 0n,
  )
  if (shown.length !== rows.length && !(rows.length === 0 && shown.length === 0))
    wrong.push(`breakdown by ${by}: ${shown.length} rows on the page, ${rows.length} in psql`)
  for (const row of rows) {
    const mine = shown.find(([key]) => key === names(row))
    if (!mine || !says(mine[1], decimal(row.cost_usd), { money: true }) || !says(mine[3], decimal(row.requests)))
      wrong.push(
        `breakdown by ${by}, ${names(row)}: the page shows ${mine}, psql says ${row.cost_usd}, ${row.requests}`,
      )
  }
  if (rows.length && sum(rows.map((row) => row.cost_usd)) !== total.usd)
    wrong.push(`the breakdown by ${by} sums up to ${sum(rows.map((row) => row.cost_usd))}, the card says ${total.usd}`)

  const { keys, sql } = answers.series
  const all = sum(keys.flatMap((key) => key.cost_usd))
  if (all !== total.usd) wrong.push(`the trend sums up to ${all}, the card says ${total.usd}`)
  // By child, the query gives the children; what is the path's own is the rest.
  const asked = await analyst(sql)
  const known = sum(asked.map((row) => row.cost_usd))
  const children = keys.filter(({ key }) => key !== '(other)')
  const theirs = sum(children.flatMap((key) => key.cost_usd))
  if (known !== (keys.some(({ key }) => key === '(other)') ? theirs : all))
    wrong.push(`the trend's query sums up to ${known}, the page to ${theirs}`)
  const trend = await cells(page.getByRole('group', { name: 'Trend as a table' })).catch(() => [])
  const steps = answers.series.steps
  if (all !== 0n && trend.length !== steps.length)
    wrong.push(`the trend has ${trend.length} rows for ${steps.length} steps`)
  trend.forEach((row, i) =>
    keys.forEach((key, k) => {
      if (!says(row[k + 1], decimal(key.cost_usd[i])))
        wrong.push(`trend at ${row[0]}, ${key.key}: ${row[k + 1]} for ${key.cost_usd[i]}`)
    }),
  )
  return wrong
}

/** Whether a request carries the filters of the page. */
function sameFilters(page, request) {
  const [mine, its] = [new URL(page).searchParams, new URL(request).searchParams]
  return ['path', 'service', 'model', 'tag'].every((name) => (mine.get(name) ?? '') === (its.get(name) ?? ''))
}

async function compare({ page, settle }, search) {
  const { answers, stop } = listen(page)
  await page.goto(`${BASE}/analytics?${search}`)
  await page.locator('[data-figure="Spend"]').getByText('$').first().waitFor()
  await settle()
  await settle()
  stop()
  const found = await cards(page, answers.usage.sql)
  return { ...found, wrong: [...found.wrong, ...(await tables(page, search.get('by'), answers, found))] }
}

export async function numbers(person, seed) {
  const random = generator(seed)
  const seen = { usd: 0, refusals: 0 }
  for (let i = 0; i < FILTERS; i++) {
    const search = draw(random)
    let found = await compare(person, search)
    // The forecast goes on by the minute: where one has passed in between, look again.
    if (found.wrong.length) found = await compare(person, search)
    check(
      `the page and psql agree on every number: ${decodeURIComponent(search)}`,
      found.wrong.length === 0,
      found.wrong.join('\n'),
    )
    seen.usd += found.usd > 0n
    seen.refusals += Number(found.refusals) > 0
  }
  // Ten times nothing would agree as well.
  check('most of them have something to compare', seen.usd >= FILTERS / 2, seen)
  check('without a filter there are refusals, and all cards agree', await unfiltered(person))
  for (const stack of ['none', 'service', 'child'])
    check(`a range without usage says so: ${stack}`, await saysNothing(person, stack))
}

/** A trend of zeros is not drawn. */
async function saysNothing({ page, settle }, stack) {
  await page.goto(`${BASE}/analytics?range=custom&since=2021-03-01&until=2021-03-09&stack=${stack}`)
  await settle()
  const trend = page.getByRole('region', { name: 'Trend' })
  return trend
    .getByText('Nothing was used')
    .waitFor({ timeout: 10_000 })
    .then(
      () => true,
      () => false,
    )
}

/** The whole account: every card has a number. */
async function unfiltered(person) {
  const found = await compare(
    person,
    new URLSearchParams({ view: 'table', range: '30d', by: 'model', stack: 'service' }),
  )
  if (found.wrong.length) console.log(found.wrong.join('\n'))
  return found.wrong.length === 0 && found.usd > 0n && Number(found.refusals) > 0 && rounded(found.requests, 0) > 0n
}
