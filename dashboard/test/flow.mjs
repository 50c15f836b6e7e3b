// The dashboard in a browser, part by part, against a real gateway; tests/test_dashboard.py starts it.
// FLOWS="keyboardAlone numbers" runs the first day and only those.
import { SHOTS, check, complaints, launch } from './support/browser.mjs'
import { everyDialogWasSeen } from './support/looks.mjs'
import { newPerson } from './support/person.mjs'
import * as alerts from './alerts.mjs'
import { bills } from './bills.mjs'
import { firstDay } from './first-day.mjs'
import { history } from './history.mjs'
import { keyboardAlone } from './keyboard.mjs'
import { revokeKey } from './keys.mjs'
import * as limits from './limits.mjs'
import { members } from './members.mjs'
import { numbers } from './numbers.mjs'
import * as pages from './pages.mjs'
import * as prices from './prices.mjs'
import { guarded, nothingCameIn } from './security.mjs'
import * as settings from './settings.mjs'
import { inAndOut } from './sign-in.mjs'
import { unplaced } from './unplaced.mjs'

const SEED = Number(process.env.SEED ?? 1)
const WANTED = process.env.FLOWS?.split(/[ ,]+/)

const browser = await launch()
const owner = await newPerson(browser)

/** A part that breaks off is one failure, and does not hide what the others say. */
async function whole(part, ...more) {
  if (WANTED && !WANTED.includes(part.name)) return
  const started = Date.now()
  try {
    await part(owner, ...more)
  } catch (error) {
    check(`${part.name} comes to its end`, false, String(error?.stack ?? error))
    if (SHOTS) await owner.page.screenshot({ path: `${SHOTS}/failed-${part.name}.png` })
    await owner.visit('/projects')
  }
  console.log(`${part.name}: ${((Date.now() - started) / 1000).toFixed(1)} s`)
}

try {
  await whole(pages.bundle)
  const key = await firstDay(owner)
  await whole(alerts.recipients)
  await whole(alerts.setAlert)
  await whole(alerts.alertHistory)
  await history(key, SEED)
  for (const part of [pages.everyPage, pages.menus, limits.editQuota, limits.boost, limits.removeQuota])
    await whole(part)
  for (const part of [limits.freeze, limits.reservations, limits.held, limits.archive]) await whole(part, key)
  await whole(prices.customService)
  await whole(prices.datedPrice)
  await whole(prices.importFile)
  await whole(prices.unpriced, key)
  await whole(numbers, SEED)
  await whole(bills)
  await whole(unplaced, key)
  await whole(revokeKey)
  await whole(settings.account)
  await whole(settings.statement)
  await whole(settings.dataExport)
  await whole(members, browser)
  await whole(settings.profile, browser)
  for (const part of [guarded, pages.quiet, keyboardAlone, inAndOut, alerts.confirmation]) await whole(part)
  await whole(nothingCameIn)
  if (!WANTED) everyDialogWasSeen()
  check('the browser complained about nothing', complaints.length === 0, complaints.slice(0, 10).join('\n'))
} catch (error) {
  check('the flow comes to its end', false, String(error?.stack ?? error))
  if (SHOTS) await owner.page.screenshot({ path: `${SHOTS}/failed.png` })
} finally {
  await browser.close()
}
// Standard input stays open for psql's answers.
process.exit(0)
