// How a page stands: to assistive software, in narrow windows, while it loads.
import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { BASE, NARROW, SHOTS, WIDE, check } from './browser.mjs'
import { comesTo } from './keyboard.mjs'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const SOURCES = new URL('../../src/', import.meta.url)
const SHIFT_MAX = 0.05
const COLOUR_RULES = ['color-contrast', 'link-in-text-block']

async function violations(page, rules) {
  // As one function body: an injected script element would be stopped by the page's policy.
  await page.evaluate(`if (!window.axe) { ${AXE} }`)
  const found = await page.evaluate((options) => window.axe.run(document, options), {
    resultTypes: ['violations'],
    ...(rules && { runOnly: rules }),
  })
  return found.violations.map(
    (v) =>
      `${v.id} (${v.impact}): ${v.help}\n  ${v.nodes
        .slice(0, 4)
        .map(
          (n) =>
            `${n.target.join(' ')}: ${n.any
              .concat(n.all)
              .map((c) => c.message)
              .join('; ')
              .slice(0, 160)}`,
        )
        .join('\n  ')}`,
  )
}

const titlesSeen = new Set()

async function picture(page, name, suffix) {
  if (!SHOTS) return
  // Behind a dialog the page does not scroll.
  const fullPage = (await page.locator('.overlay').count()) === 0
  await page.screenshot({ path: `${SHOTS}/${name.replace(/\W+/g, '-')}-${suffix}.png`, fullPage })
}

/** axe-core in light, and what depends on colours in dark as well, on the page as it stands. */
export async function accessible(page, name) {
  for (const title of await page.locator('[role="dialog"] h2, [role="alertdialog"] h2').allInnerTexts())
    titlesSeen.add(title)
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    // Drawn in the new colours before it is looked at.
    await page.waitForTimeout(150)
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))
    const found = await violations(page, colorScheme === 'dark' ? COLOUR_RULES : null)
    check(`axe: ${name}, ${colorScheme}`, found.length === 0, found.join('\n'))
    if (colorScheme === 'dark') await picture(page, name, 'dark')
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
}

/** What sticks out of the window or is cut off without an ellipsis or a way to scroll to it. */
function cutOff() {
  const out = []
  const wide = document.documentElement
  if (wide.scrollWidth > wide.clientWidth) out.push(`the page is ${wide.scrollWidth} wide in ${wide.clientWidth}`)
  const scrolls = (element) => {
    for (let e = element; e; e = e.parentElement) if (/auto|scroll/.test(getComputedStyle(e).overflowX)) return true
    return false
  }
  for (const element of document.querySelectorAll('body *')) {
    if (
      element.closest('.visually-hidden, svg, [aria-hidden="true"], [data-live-announcer], .skip') ||
      !element.checkVisibility()
    )
      continue
    const text = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())
    if (!text) continue
    const style = getComputedStyle(element)
    if (style.fontSize === '0px' || style.color === 'rgba(0, 0, 0, 0)' || Math.abs(parseFloat(style.textIndent)) > 50)
      continue
    const box = element.getBoundingClientRect()
    const words = element.textContent.trim().slice(0, 40)
    if ((box.right > innerWidth + 1 || box.left < -1) && !scrolls(element))
      out.push(`sticks out: "${words}" from ${Math.round(box.left)} to ${Math.round(box.right)}`)
    const hidden = style.overflowX === 'hidden' || style.overflowX === 'clip'
    if (hidden && style.textOverflow !== 'ellipsis' && element.scrollWidth > element.clientWidth + 1)
      out.push(`cut off: "${words}"`)
  }
  return out.slice(0, 8)
}

/** Nothing sticks out or is cut off, at 1440 and 390 pixels; a picture of each when SHOTS names a directory. */
export async function fits(page, name) {
  for (const size of [WIDE, NARROW]) {
    await page.setViewportSize(size)
    await page.waitForTimeout(200)
    // A busy machine may take longer to lay it out.
    const found = await comesTo(
      page,
      () => page.evaluate(cutOff),
      (out) => out.length === 0,
    )
    check(`fits ${size.width} pixels: ${name}`, found.length === 0, found.join('\n'))
    await picture(page, name, size.width)
  }
  await page.setViewportSize(WIDE)
}

/** How far what is seen moves by itself while the page loads, at both widths (the sum of layout shifts). */
export async function steady(person, name, path, rest = 0) {
  const { page, visit } = person
  for (const size of [NARROW, WIDE]) {
    await page.setViewportSize(size)
    await visit(path)
    if (rest) await page.waitForTimeout(rest)
    const { shift, shifted } = await page.evaluate(() => ({ shift: window.__shift, shifted: window.__shifted }))
    check(`no layout shift at ${size.width} pixels: ${name}`, shift < SHIFT_MAX, `${shift}\n${shifted.join('\n')}`)
  }
}

/** Titles of dialogs in the sources, as patterns: what is between ${ and } can be anything. */
function titlesWritten() {
  const files = readdirSync(SOURCES, { recursive: true }).filter(
    (name) => name.endsWith('.tsx') && name.includes('pages'),
  )
  const pattern = (text) =>
    new RegExp(
      `^${text
        .split(/\$\{(?:[^{}`]|`[^`]*`)*\}/)
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('.+')}$`,
    )
  return files.flatMap((file) => {
    const source = readFileSync(new URL(file, SOURCES), 'utf8')
    return [
      ...source.matchAll(
        /<(?:Form)?Dialog\b(?:[^>]|=>)*?\btitle=(?:"([^"]+)"|\{`([^`]+?)`\}|\{([^`{}]+?)\}(?=\s+\w|\s*>))/g,
      ),
    ].flatMap(([, plain, template, expression]) => {
      if (plain || template) return [{ file, title: plain ?? template, pattern: pattern(plain ?? template) }]
      return [...expression.matchAll(/'([^']+)'/g)].map(([, title]) => ({ file, title, pattern: pattern(title) }))
    })
  })
}

/** A dialog that is written and was never held against axe is a gap in this test. */
export function everyDialogWasSeen() {
  const written = titlesWritten()
  const missing = written.filter((entry) => ![...titlesSeen].some((title) => entry.pattern.test(title)))
  check(
    'every dialog of the sources was held against axe',
    written.length >= 20 && missing.length === 0,
    `${written.length} written; missing: ${missing.map(({ file, title }) => `${title} (${file})`).join(', ')}; seen: ${[...titlesSeen].join(' | ')}`,
  )
}

/** Every page of the header's row. */
export async function everyPageIsListed(page, pages) {
  const links = await page.locator('.shell-nav a').evaluateAll((list) => list.map((link) => link.getAttribute('href')))
  const missing = links.filter((href) => !pages.some(([, path]) => path.split('?')[0] === href))
  check('every page of the header is looked at', links.length >= 6 && missing.length === 0, missing)
}

export const at = (page) => page.url().slice(BASE.length)
