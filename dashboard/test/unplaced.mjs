// Calls on paths that are not there: told, put right, replayed.
import { report, uuid7 } from './support/application.mjs'
import { check } from './support/browser.mjs'
import { accessible, fits } from './support/looks.mjs'
import { value } from './support/psql.mjs'

const spent = () =>
  value(
    "SELECT coalesce(sum(cost_usd), 0) FROM quotakit.ledger WHERE path OPERATOR(quotakit.<@) 'acme/newcomers'",
  ).then(Number)

/** What could not be placed is a notice, a list, and after a replay part of the tree. */
export async function unplaced({ page, button, field, dialog, visit, sees, closes, settle, finish }, key) {
  const call = (path, usd) => ({ id: uuid7(Date.now() - 3_600_000), path, service: 'openai', model: 'gpt-4o', usd })
  const answers = await report(key, [
    call('acme/newcomers/bot', '0.25'),
    call('acme/newcomers/bot', '0.5'),
    call('acme/newcomers/mail', '2'),
  ])
  check(
    'calls on unknown paths are rejected',
    answers.map((answer) => answer.outcome).join() === 'rejected,rejected,rejected',
    answers,
  )
  await visit('/projects')
  const notice = page.locator('.notice', { hasText: 'could not be placed' })
  check(
    'what could not be placed is told, with what it cost',
    await sees(notice.getByText('3 calls below acme could not be placed (unknown path 3): $2.75 of known cost')),
    await notice.allInnerTexts(),
  )
  const show = () =>
    notice.getByRole('button', { name: 'Show them: calls below acme that could not be placed' }).click()
  await show()
  const list = dialog.getByRole('group', { name: 'Calls that could not be placed' })
  const rows = (name) => list.getByRole('row', { name })
  check(
    'call by call: its path, why, and what it cost',
    (await sees(rows(/acme\/newcomers\/bot.*unknown path.*\$0\.25/s))) &&
      (await sees(rows(/acme\/newcomers\/mail.*unknown path.*\$2\.00/s))) &&
      (await list.getByRole('row').count()) === 4,
    await list.innerText(),
  )
  await settle()
  await accessible(page, 'Projects with unplaced calls')
  await fits(page, 'unplaced calls')
  await rows(/mail/)
    .getByRole('button', { name: /^Replay call/ })
    .click()
  check(
    'one that is replayed too early is rejected again, and why',
    (await sees(dialog.getByRole('status').getByText('0 recorded, 1 still rejected.'))) &&
      (await sees(rows(/mail.*Still rejected.*unknown path/s))),
    await dialog.innerText(),
  )
  await finish('Done')
  check('and stays unplaced', (await spent()) === 0 && (await sees(notice.getByText('3 calls'))))

  for (const path of ['acme/newcomers', 'acme/newcomers/bot']) await addPath({ button, field, dialog, finish }, path)
  await visit('/projects')
  await show()
  await button('Replay all').click()
  check(
    'once the path is there, they are recorded; the rest is told',
    (await sees(dialog.getByRole('status').getByText('2 recorded, 1 still rejected.'))) &&
      (await rows(/bot.*Recorded/s).count()) === 2 &&
      (await sees(rows(/mail.*Still rejected/s))),
    await dialog.innerText(),
  )
  check(
    'what is recorded is not offered again',
    (await dialog.getByRole('button', { name: /^Replay call/ }).count()) === 1,
  )
  await settle()
  await accessible(page, 'Projects with replayed calls')
  await fits(page, 'replayed calls')
  await finish('Done')
  check(
    'the notice tells what is left',
    await sees(notice.getByText('1 call below acme could not be placed (unknown path 1): $2.00')),
    await notice.allInnerTexts(),
  )
  check('the spend is in the ledger, once', (await spent()) === 0.75, await spent())

  await addPath({ button, field, dialog, finish }, 'acme/newcomers/mail')
  await visit('/projects')
  await show()
  await rows(/mail/)
    .getByRole('button', { name: /^Replay call/ })
    .press('Enter')
  check(
    'the last one too',
    (await sees(dialog.getByRole('status').getByText('1 recorded, 0 still rejected.'))) &&
      (await button('Replay all').isDisabled()),
  )
  check(
    'the focus stays in the dialog',
    await dialog.evaluate((element) => element !== document.activeElement && element.contains(document.activeElement)),
  )
  check('the notice is gone', (await closes(notice)) && (await spent()) === 2.75, await spent())
  await finish('Done')
  check(
    'the tree counts it',
    await sees(page.locator('[data-path="acme/newcomers"]').getByText('$2.75').first()),
    await page.locator('[data-path="acme/newcomers"]').innerText(),
  )
}

async function addPath({ button, field, dialog, finish }, path) {
  await button('Add path').click()
  await field('Path').fill(path)
  await dialog.getByLabel('Service').selectOption('openai')
  await finish('Add path')
}
