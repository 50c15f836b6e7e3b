// Chromium as people use it: each person has cookies and a clipboard of their own.
import { chromium } from 'playwright-core'

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
export const BASE = process.env.BASE
export const SHOTS = process.env.SHOTS
export const WIDE = { width: 1440, height: 900 }
export const NARROW = { width: 390, height: 844 }

/** What any page wrote to its console as an error; the last check of all looks at it. */
export const complaints = []

/** One line of JSON for each test; tests/test_dashboard.py counts them. */
export function check(name, ok, detail = '') {
  console.log(
    JSON.stringify({
      name,
      ok: Boolean(ok),
      detail: typeof detail === 'string' ? detail : JSON.stringify(detail, null, 1),
    }),
  )
  return Boolean(ok)
}

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS })
}

/** A page in a profile of its own. */
export async function newPage(browser) {
  // Scripts of the test itself come by evaluate, which the page's own policy need not allow.
  const context = await browser.newContext({
    viewport: WIDE,
    colorScheme: 'light',
    reducedMotion: 'reduce',
    acceptDownloads: true,
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  page.on('console', (message) => {
    // A 401 before signing in, and the refused requests that a test provokes, are answers, not faults.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text()))
      complaints.push(`${page.url()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error}`))
  await page.addInitScript(() => {
    window.__shift = 0
    window.__shifted = []
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (entry.hadRecentInput) continue
        window.__shift += entry.value
        window.__shifted.push(
          ...entry.sources.map(
            ({ node, previousRect: from, currentRect: to }) =>
              `${entry.value.toFixed(3)} at ${Math.round(entry.startTime)} ms, scrolled ${scrollY}: ${node?.nodeName} ${node?.className ?? ''} "${node?.textContent?.slice(0, 30)}" from ${from.y},${from.height} to ${to.y},${to.height}`,
          ),
        )
      }
    }).observe({ type: 'layout-shift', buffered: true })
  })
  page.setDefaultTimeout(20_000)
  return page
}
