// Every page as it is opened: no problem shown, nothing that moves, sticks out or is out of reach.
import { readFileSync, readdirSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { BASE, check } from './support/browser.mjs'
import { accessible, everyPageIsListed, fits, steady } from './support/looks.mjs'

const DIST = new URL('../dist/', import.meta.url)
const CHART_MS = 700
const month = new Date().toISOString().slice(0, 7)

const PAGES = [
  ['Projects', '/projects'],
  ['Projects and inspector', '/projects?path=acme/search'],
  ['Projects, filtered', '/projects?q=eu&status=over'],
  ['inspector, Quotas', '/projects?path=acme/chat/support-desk'],
  ['inspector, Reservations', '/projects?path=acme/chat&tab=reservations'],
  ['inspector, Refusals', '/projects?path=acme&tab=refusals'],
  ['inspector, Alerts', '/projects?path=acme/search&tab=alerts'],
  ['inspector, Notes', '/projects?path=acme/search&tab=notes'],
  ['inspector, Audit', '/projects?path=acme/search&tab=audit'],
  ['inspector of no path', '/projects?path=acme/nowhere'],
  ['Analytics', '/analytics?compare=1&stack=model'],
  ['Analytics as a table', '/analytics?range=today&view=table&by=path'],
  ['Analytics, custom range', '/analytics?range=custom&since=2026-01-01&until=2026-01-31'],
  ['Services', '/services'],
  ['API Keys', '/keys'],
  ['Settings', '/settings'],
  ['Settings, Statements', '/settings?tab=statements'],
  ['Settings, a statement', `/settings?tab=statements&month=${month}`],
  ['Settings, Alert addresses', '/settings?tab=alerts'],
  ['Settings, Notifications', '/settings?tab=notifications'],
  ['Settings, Members', '/settings?tab=members'],
  ['Settings, Profile', '/settings?tab=profile'],
  ['Settings, Data export', '/settings?tab=export'],
  ['Guide', '/guide'],
]
/** Pages whose subject is a problem, and that say so. */
const TELL = new Set(['inspector of no path'])

export async function everyPage(person) {
  const { page, visit } = person
  await visit('/projects')
  await everyPageIsListed(page, PAGES)
  for (const [name, path] of PAGES) {
    await steady(person, name, path, path.startsWith('/analytics') ? CHART_MS : 0)
    if (!TELL.has(name))
      check(
        `no problem is shown: ${name}`,
        (await page.locator('.notice.problem').count()) === 0,
        await page.locator('.notice.problem').allInnerTexts(),
      )
    await accessible(page, name)
    await fits(page, name)
  }
}

/** The parts of a page that come up when they are asked for. */
export async function menus({ page, button, visit, sees, settle }) {
  await visit('/analytics?range=custom&since=2026-01-10&until=2026-01-20')
  await page.getByRole('button', { name: /^Calendar/ }).click()
  await settle()
  await accessible(page, 'Analytics with the calendar open')
  await fits(page, 'calendar')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /^Theme/ }).click()
  await settle()
  await accessible(page, 'theme menu')
  await page.getByRole('menuitemradio', { name: 'Dark theme' }).click()
  await page.locator('[data-theme="dark"]').waitFor()
  await page.reload()
  const kept = await sees(page.locator('[data-theme="dark"]'))
  const after = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  check('the chosen theme stays', kept && after === 'rgb(13, 16, 22)', { kept, after })
  await page.getByRole('button', { name: /^Theme/ }).click()
  await page.getByRole('menuitemradio', { name: 'System theme' }).click()
  await page.getByRole('button', { name: /^Account acme/ }).click()
  await settle()
  await accessible(page, 'account menu')
  await page.keyboard.press('Escape')
  await visit('/projects?path=acme/search')
  await button('Actions').click()
  await settle()
  await accessible(page, 'actions of a path')
  await page.keyboard.press('Escape')
}

export async function bundle() {
  const html = readFileSync(new URL('index.html', DIST), 'utf8')
  const files = [...html.matchAll(/(?:src|href)="\/([^"]+\.js)"/g)].map((match) => match[1])
  const size = files.reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, DIST))).length, 0)
  check(
    'less than 250 KB of compressed JavaScript before the first paint',
    files.length > 0 && size < 250 * 1024,
    `${size} bytes in ${files.join(', ')}`,
  )
  const charts = readdirSync(new URL('assets/', DIST)).filter((name) =>
    readFileSync(new URL(`assets/${name}`, DIST), 'utf8').includes('echarts'),
  )
  check('charts are not in it', charts.length > 0 && charts.every((name) => !files.includes(`assets/${name}`)), charts)
}

/** While nothing happens the live page costs next to nothing. */
export async function quiet({ page, visit }) {
  await visit('/projects')
  const statuses = []
  const note = (response) => response.url() === `${BASE}/api/tree` && statuses.push(response.status())
  page.on('response', note)
  await page.waitForTimeout(5000)
  page.off('response', note)
  check(
    'an unchanged tree is answered 304',
    statuses.length > 0 && statuses.every((status) => status === 304),
    statuses,
  )
}
