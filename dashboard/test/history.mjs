// A month and more of an account's life, so that pages and numbers have something to show.
import { check } from './support/browser.mjs'
import { report, uuid7 } from './support/application.mjs'
import { dba, value } from './support/psql.mjs'

const DAY_MS = 86_400_000
export const PATHS = [
  ['acme/chat', 'openai', ['prod'], ['gpt-4o', 'gpt-4o-mini']],
  ['acme/chat/support-desk', 'anthropic', ['prod', 'eu'], ['claude-4-sonnet-20250514', 'claude-haiku-4-5']],
  ['acme/search/query-rewrite', 'openai', ['prod'], ['gpt-4o-mini']],
  ['lab', null, [], []],
  ['lab/evaluation', 'openai', ['test'], ['gpt-4o', 'o1']],
  ['lab/evaluation/nightly-regression', 'anthropic', ['test'], ['claude-opus-4-1']],
]
/** Path, unit, period, enforcement, and which share of the limit should be used. */
const QUOTAS = [
  ['acme', 'usd', 'month', 'block', 0.55],
  ['acme/chat', 'usd', 'month', 'strict', 0.78],
  ['acme/chat', 'tokens', 'day', 'open', 0.2],
  ['acme/chat/support-desk', 'usd', 'week', 'block', 0.5],
  ['lab', 'usd', 'month', 'shadow', 0.93],
  ['lab/evaluation', 'requests', 'month', 'open', 1.2],
]
const EVENTS = 900
const DAYS = 45

/** The same numbers for the same seed (mulberry32). */
export function generator(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export const picker = (random) => (list) => list[Math.floor(random() * list.length)]

export async function history(key, seed) {
  const account = "SELECT set_config('quotakit.account', 'acme', false); "
  const text = (list) => `'{${list.join(',')}}'`
  await dba(
    account +
      PATHS.map(
        ([path, service, tags]) =>
          `SELECT quotakit.create_node('${path}', ${service ? `'${service}'` : 'NULL'}, NULL, ${text(tags)})`,
      ).join('; '),
  )
  const random = generator(seed)
  const pick = picker(random)
  const callers = PATHS.filter(([, service]) => service)
  const now = Date.now()
  const events = Array.from({ length: EVENTS }, () => {
    const [path, , , models] = pick(callers)
    return {
      id: uuid7(now - 60_000 - random() ** 1.3 * DAYS * DAY_MS),
      path,
      model: pick(models),
      usage: {
        input_tokens: Math.floor(random() * 30_000),
        cached_input_tokens: Math.floor(random() * 4000),
        output_tokens: Math.floor(random() * 6000),
      },
      ok: random() > 0.03,
    }
  })
  const outcomes = await report(key, events)
  check(
    'a month of calls is recorded',
    outcomes.every(({ outcome }) => outcome === 'recorded'),
    outcomes.filter(({ outcome }) => outcome !== 'recorded').slice(0, 3),
  )
  for (const [path, unit, period, enforcement, share] of QUOTAS) {
    const set = (amount) =>
      value(
        `${account}SELECT quotakit.set_policy('${path}', ${amount}, '${unit}', '${period}', enforcement => '${enforcement}')`,
      )
    const id = await set(1_000_000_000)
    await set(`(SELECT round(greatest(used, 1) / ${share}) FROM quotakit.policy_status WHERE policy_id = ${id})`)
  }
  // Calls that the SDK stopped itself, on paths of another service than the first day's.
  const policy = await value("SELECT policy_id FROM quotakit.policy_status WHERE path::text = 'acme/chat/support-desk'")
  const stopped = [
    ['acme/chat/support-desk', 'claude-haiku-4-5', 4],
    ['acme/chat/support-desk', 'claude-4-sonnet-20250514', 9],
  ]
  const noted = await report(
    key,
    stopped.map(([path, model, count]) => ({ op: 'refused', path, model, policy, count })),
  )
  check(
    'calls that the SDK stopped are counted',
    noted.every(({ outcome }) => outcome === 'noted'),
    noted,
  )
}
