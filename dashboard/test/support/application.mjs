// An application beside the dashboard: the Python SDK for what happens now, plain HTTP for what happened before.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { BASE } from './browser.mjs'

const run = promisify(execFile)

const CODE = `
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

/** One process of an application: each model is one call; tells how each ended. */
export async function calls(key, path, models) {
  const { stdout } = await run(process.env.PYTHON ?? 'python3', ['-c', CODE, key, BASE, path, ...models], {
    timeout: 30_000,
  })
  return stdout.trim().split('\n')
}

/** A UUID v7 whose time is `at`. */
export function uuid7(at) {
  const hex = Math.round(at).toString(16).padStart(12, '0')
  const random = randomBytes(10).toString('hex')
  const variant = '89ab'[parseInt(random[3], 16) & 3]
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`
}

const BATCH = 500

/** Sends what was called before, as an application does that was offline; gives the outcomes. */
export async function report(key, events) {
  const outcomes = []
  for (let i = 0; i < events.length; i += BATCH) {
    const response = await fetch(`${BASE}/v1/log/batch`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ events: events.slice(i, i + BATCH) }),
    })
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
    outcomes.push(...(await response.json()).answers)
  }
  return outcomes
}

/** Asks for a reservation, and tells the status. */
export async function reserve(key, call) {
  const response = await fetch(`${BASE}/v1/reservations`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(call),
  })
  return { status: response.status, body: await response.json() }
}
