import type { Sparks, TreeNode } from '../../api'
import type { Unit } from '../../vocabulary'
import { statusOf } from '../../words'

// An imaginary account, for the tree in the guide: it moves without a server.

interface Seed {
  path: string
  service: string | null
  limit?: number
  used: number
  unit?: Unit
  tags?: string[]
}

const seeds: Seed[] = [
  { path: 'acme', service: null, limit: 5000, used: 3120 },
  { path: 'acme/search', service: 'openai', limit: 1000, used: 712, tags: ['prod'] },
  { path: 'acme/search/query-rewrite', service: 'openai', limit: 200, used: 188 },
  { path: 'acme/search/rerank', service: 'cohere', used: 44 },
  { path: 'acme/support', service: null, limit: 600, used: 241 },
  { path: 'acme/support/chat', service: 'anthropic', limit: 300, used: 301 },
  { path: 'acme/support/summaries', service: 'openai', limit: 2000000, used: 640000, unit: 'tokens' },
]

/** The demo account after so many ticks; a little is spent in each. */
export function demoNodes(tick: number): TreeNode[] {
  return seeds.map((seed, i) => {
    const used = seed.used * (1 + ((tick * (i + 3)) % 40) / 1000)
    const percent = seed.limit ? (100 * used) / seed.limit : 0
    const resets_at = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() + 1, 1)).toISOString()
    return {
      path: seed.path,
      service: seed.service,
      tags: seed.tags ?? [],
      status: seed.limit ? statusOf(percent) : 'none',
      policies: seed.limit ? 1 : 0,
      frozen: false,
      archived: false,
      headline: seed.limit
        ? {
            policy_id: i + 1,
            unit: seed.unit ?? 'usd',
            period: 'month',
            rolling: false,
            enforcement: 'strict',
            limit: String(seed.limit),
            used: used.toFixed(2),
            held: '0',
            percent,
            percent_held: 0,
            resets_at,
          }
        : null,
      today_usd: (seed.unit ? 2.4 : used / 30).toFixed(2),
      today_requests: 100,
    }
  })
}

export const demoSparks: Sparks = {
  sql: '',
  days: Array.from({ length: 14 }, (_, i) => String(i)),
  paths: Object.fromEntries(
    seeds.map((seed, j) => [
      seed.path,
      {
        usd: Array.from({ length: 14 }, (_, i) => (2 + Math.sin(i / 2 + j) + i / 10).toFixed(2)),
        month_usd: String(seed.unit ? 61 : seed.used),
      },
    ]),
  ),
}
