// What the browser itself is told to keep out.
import { BASE, check } from './support/browser.mjs'

export async function guarded({ page }) {
  const response = await page.goto(`${BASE}/projects?path=acme/search`)
  const headers = response.headers()
  check(
    'no other site may frame a page',
    /frame-ancestors 'none'/.test(headers['content-security-policy']) && headers['x-frame-options'] === 'DENY',
    headers,
  )
  check(
    'scripts come from files only',
    /script-src 'self'(;|$)/.test(headers['content-security-policy']),
    headers['content-security-policy'],
  )
  check('the session is out of reach of scripts', (await page.evaluate(() => document.cookie)) === '')
  const status = await page.evaluate(() =>
    fetch('/api/keys', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"name":"forged"}',
    }).then((answer) => answer.status),
  )
  check('a request without the CSRF header is refused', status === 403, status)
  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))
  check('nothing secret is stored in the browser', !/aisc_|aiss_|csrf/.test(stored), stored)
}

export async function nothingCameIn({ page }) {
  check('no script came in by a name or a note', (await page.evaluate(() => window.__xss)) === undefined)
}
