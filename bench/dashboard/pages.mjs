// Opens pages in Chromium and says when they were painted and when their content stood there; run.py starts it, with
// BASE, COOKIE and ROUNDS in the environment. Prints one line of JSON for each page.
import { BASE, complaints, launch, newPage } from '../../dashboard/test/support/browser.mjs'

const ROUNDS = Number(process.env.ROUNDS)
const PAGES = {
  'Projects, never been here': { path: '/projects', cold: true },
  'Projects, been here': { path: '/projects' },
  'Projects with the inspector, been here': { path: '/projects?path=bench%2Ft3', content: 'inspector' },
  'Analytics, never been here': { path: '/analytics', content: 'analytics', cold: true },
  'Analytics, been here': { path: '/analytics', content: 'analytics' },
}

/** In the page: notes the frame in which its content, and all of it, is there for the first time. */
function watch() {
  const number = (selector, least) => [...document.querySelectorAll(selector)].filter((e) => /\d/.test(e.textContent)).length >= least
  const rows = () => number('.tree-row .c-today', 10)
  const steps = {
    projects: { content: rows, whole: () => rows() && number('.tree-row .c-month', 10) && document.querySelector('.tree-row .c-spark svg') },
    inspector: { content: () => rows() && number('.inspector .figures dd', 3), whole: () => rows() && number('.inspector .figures dd', 3) && number('.tree-row .c-month', 10) },
    analytics: {
      content: () => number('.summary [data-figure]', 6),
      whole: () => number('.summary [data-figure]', 6) && number('.table tbody tr', 1) && document.querySelector('.trend svg path') && document.querySelector('.treemap svg path'),
    },
  }
  const seen = (window.__seen = {})
  const look = () => {
    const at = steps[window.__content ?? (location.pathname.startsWith('/analytics') ? 'analytics' : location.search ? 'inspector' : 'projects')]
    for (const name of ['content', 'whole']) if (!(name in seen) && at[name]()) seen[name] = performance.now()
    if (!('whole' in seen)) requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}

async function visit({ path, cold }) {
  const browser = await launch()
  try {
    const page = await newPage(browser)
    await page.context().addCookies([{ name: 'quotakit_session', value: process.env.COOKIE, url: BASE + '/api', httpOnly: true, sameSite: 'Strict' }])
    await page.addInitScript(watch)
    const runs = []
    let scripts, charts
    for (let round = 0; round < (cold ? 1 : ROUNDS + 1); round++) {
      await page.goto(BASE + path)
      await page.waitForFunction(() => 'whole' in window.__seen)
      const run = await page.evaluate(() => ({ ...window.__seen, paint: performance.getEntriesByName('first-contentful-paint')[0].startTime }))
      runs.push(run)
      if (cold) {
        const loaded = await page.evaluate(() => performance.getEntriesByType('resource').filter((e) => /\.js$/.test(e.name)).map((e) => ({ url: e.name, end: e.responseEnd, bytes: e.encodedBodySize })))
        scripts = loaded.filter(({ end }) => end <= run.paint)
        const bodies = await Promise.all(scripts.map(async ({ url }) => (await fetch(url)).text()))
        charts = bodies.some((body) => body.includes('echarts'))
      }
    }
    if (complaints.length > 0) throw new Error(complaints.join('\n'))
    return { runs: cold ? runs : runs.slice(1), scripts, charts }
  } finally {
    await browser.close()
  }
}

for (const [page, how] of Object.entries(PAGES)) {
  const visits = []
  for (let i = 0; i < (how.cold ? ROUNDS : 1); i++) visits.push(await visit(how))
  console.log(JSON.stringify({ page, runs: visits.flatMap(({ runs }) => runs), scripts: visits[0].scripts, charts: visits[0].charts }))
}
