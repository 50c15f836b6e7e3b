// Chromium as a person would use it: one page, and what it complained about.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
export const BASE = process.env.BASE
export const SHOTS = process.env.SHOTS

/** One line of JSON for each test; tests/test_dashboard.py counts them. */
export function check(name, ok, detail = '') {
  console.log(JSON.stringify({ name, ok: Boolean(ok), detail: typeof detail === 'string' ? detail : JSON.stringify(detail, null, 1) }))
  return Boolean(ok)
}

export async function open() {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS })
  // Scripts of the test itself come by evaluate, which the page's own policy need not allow.
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light', reducedMotion: 'reduce' })
  const page = await context.newPage()
  const complaints = []
  page.on('console', (message) => {
    // A 401 before signing in, and the refused requests that a test provokes, are answers, not faults.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.addInitScript(() => {
    window.__shift = 0
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__shift += entry.value
    }).observe({ type: 'layout-shift', buffered: true })
  })
  page.setDefaultTimeout(20_000)
  return { browser, context, page, complaints }
}

export async function settle(page) {
  // The live pages never fall silent, so there is no idle network to wait for.
  await page.waitForTimeout(600)
}

async function violations(page) {
  // As one function body: an injected script element would be stopped by the page's policy.
  await page.evaluate(`if (!window.axe) { ${AXE} }`)
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  return found.violations.map((v) => `${v.id} (${v.impact}): ${v.help}\n  ${v.nodes.slice(0, 4).map((n) => `${n.target.join(' ')}: ${n.any.concat(n.all).map((c) => c.message).join('; ').slice(0, 160)}`).join('\n  ')}`)
}

/** axe-core in light and in dark, on the page as it stands. */
export async function accessible(page, name) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.waitForTimeout(150)
    const found = await violations(page)
    check(`axe: ${name}, ${colorScheme}`, found.length === 0, found.join('\n'))
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
}

/** Nothing wider than the window, at 1440 and 390 pixels; a picture of each when SHOTS names a directory. */
export async function fits(page, name) {
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    await page.setViewportSize({ width, height })
    await page.waitForTimeout(200)
    const size = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, window: document.documentElement.clientWidth }))
    check(`fits ${width} pixels: ${name}`, size.wide <= size.window, size)
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name.replace(/\W+/g, '-')}-${width}.png` })
  }
  await page.setViewportSize({ width: 1440, height: 900 })
}

/** Presses Tab until the element is in focus; false when it cannot be reached. */
export async function tabTo(page, locator, most = 60) {
  for (let i = 0; i < most; i++) {
    if (await locator.evaluate((element) => element === document.activeElement).catch(() => false)) return true
    await page.keyboard.press('Tab')
  }
  return false
}
