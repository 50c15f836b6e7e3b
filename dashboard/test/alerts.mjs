// Alerts: set, fired, told; and what became of each message.
import { check } from './support/browser.mjs'
import { accessible, fits } from './support/looks.mjs'
import { analyst, dba, value } from './support/psql.mjs'

const HOOK = 'ops-hook'

/** Who is told: a webhook with a secret that is shown once, and an address that must confirm. */
export async function recipients({ page, button, field, dialog, visit, sees, settle, finish, closes }) {
  await visit('/settings')
  await field('Contact e-mail').fill('budget@acme.example')
  await button('Save changes').click()
  check(
    'the contact is saved',
    (await sees(page.getByText('The settings were saved'))) &&
      (await value('SELECT contact_email FROM quotakit.account WHERE account_id <> 0')) === 'budget@acme.example',
  )
  await visit('/settings?tab=alerts')
  await button('Add').click()
  await settle()
  await accessible(page, 'Settings with the recipient editor open')
  await dialog.getByText('Webhook', { exact: true }).click()
  await field('Name').fill(HOOK)
  await field('URL').fill('https://hooks.acme.example/quota')
  await fits(page, 'recipient editor')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  check('the secret of a webhook is shown, once', await sees(dialog.getByText(/^whsec_/)))
  await accessible(page, 'Settings with the secret of a webhook')
  await finish('I have kept it')
  check(
    'the webhook is listed, without its URL',
    (await sees(page.getByRole('row', { name: new RegExp(HOOK) }))) &&
      !(await page.content()).includes('hooks.acme.example/quota'),
  )
  await button('Add').click()
  await field('E-mail address').fill('outside@partner.example')
  await finish('Add')
  check(
    'an address from outside waits for confirmation',
    await sees(page.getByRole('row', { name: /outside@partner\.example.*waits for confirmation/ })),
  )
  await button('Remove outside@partner.example').click()
  check('a recipient can be removed', await closes(page.getByRole('row', { name: /outside@partner/ })))
}

export async function setAlert({ page, button, field, dialog, visit, sees, settle, finish }) {
  await visit('/projects?path=acme/search&tab=alerts')
  check('before any alert fired, the history says so', await sees(page.getByText('No alert has fired.')))
  await button('Add alert').click()
  await settle()
  await accessible(page, 'inspector with the alerts editor open')
  await fits(page, 'alerts editor')
  await dialog.getByText(HOOK, { exact: false }).click()
  await dialog.getByRole('button', { name: 'Add alert' }).click()
  check('an alert is set', await sees(page.getByText('When 80 % of the limit is used')))
  const [alert] = await analyst(
    "SELECT percent, recipients, to_contact FROM quotakit.alert_status WHERE path::text = 'acme/search'",
  )
  check(
    'and in the database, with whom it tells',
    Number(alert?.percent) === 80 && alert.to_contact && alert.recipients.join() === HOOK,
    alert,
  )
  await page.getByRole('button', { name: /^Edit alert/ }).click()
  await settle()
  await accessible(page, 'inspector with an alert edited')
  await field('Delivery').selectOption('daily')
  await finish('Save')
  check('an alert can be told in a digest', await sees(page.getByText('in a daily digest', { exact: false })))
  await page.getByRole('button', { name: /^Edit alert/ }).click()
  await field('Delivery').selectOption('each')
  await finish('Save')
}

/** What the courier does, by hand, one message a recipient and second: the mails arrive, of the webhook's as `hook` says. */
async function deliver(page, hook, detail) {
  let taken = 0
  for (let round = 0; round < 10; round++) {
    const messages = await dba("SELECT * FROM quotakit.courier_take('browser test', 100)")
    for (const { account_id, notification_id, attempt, channel } of messages) {
      const [outcome, code, words] = channel === 'email' ? ['sent', 250, 'accepted'] : [hook, 404, detail]
      await dba(
        `SELECT quotakit.courier_done(${account_id}, ${notification_id}, ${attempt}, '${outcome}', ${code}, '${words}')`,
      )
    }
    taken += messages.length
    if (messages.length === 0 && round > 1) break
    await page.waitForTimeout(1100)
  }
  return taken
}

/** The history beside the alert, and the list of messages in Settings. */
export async function alertHistory({ page, visit, sees, settle, button, closes }) {
  await dba('SELECT quotakit.check_alerts()')
  await visit('/projects?path=acme/search&tab=alerts')
  const log = page.getByRole('region', { name: 'Alert history' })
  check('what fired is in the inspector', await sees(log.getByText('80 % of the limit used')))
  check(
    'with what was used of which limit',
    await sees(log.getByText('3 requests of 3 requests per day')),
    await log.innerText(),
  )
  check('and that its messages are on the way', await sees(log.getByText('2 on the way')), await log.innerText())
  check('a refusal tells the contact by itself', await sees(log.getByText('A call was refused')))
  await visit('/settings?tab=notifications')
  const list = page.getByRole('group', { name: 'Messages' })
  check(
    'each message is listed, as waiting',
    (await sees(list.getByRole('row', { name: new RegExp(`${HOOK}.*Waiting`, 's') }))) &&
      (await sees(list.getByRole('row', { name: /budget@acme\.example.*Waiting/s }))),
    await list.innerText(),
  )

  const taken = await deliver(page, 'dead', 'the endpoint answered 404 Not Found')
  check('the courier has messages to deliver', taken >= 2, taken)
  check(
    'what arrived is called delivered',
    await sees(list.getByRole('row', { name: /budget@acme\.example.*Delivered/s }), 15_000),
    await list.innerText(),
  )
  check(
    'what did not, given up, and why',
    await sees(list.getByRole('row', { name: new RegExp(`${HOOK}.*Given up.*404 Not Found`, 's') }), 15_000),
    await list.innerText(),
  )
  const rows = await analyst('SELECT recipient, state, subject FROM quotakit.delivery')
  const shown = (await list.getByRole('row').allInnerTexts()).slice(1)
  check(
    'the page lists what the view does',
    rows.length === shown.length &&
      rows.every(({ recipient, subject }) => shown.some((text) => text.includes(recipient) && text.includes(subject))),
    { rows, shown },
  )
  await settle()
  await accessible(page, 'Settings, Notifications, told')
  await fits(page, 'Settings, Notifications, told')
  await visit('/projects?path=acme/search&tab=alerts')
  check(
    'the history says how it went',
    await sees(log.getByText('1 message delivered, 1 given up')),
    await log.innerText(),
  )
  await accessible(page, 'inspector, Alerts, fired')
  await fits(page, 'inspector, Alerts, fired')
  await visit('/projects?path=acme&tab=alerts')
  check('a path above shows what fired below it', await sees(log.getByText('acme/search').first()))

  await visit('/settings?tab=notifications')
  const lost = list.getByRole('row', { name: new RegExp(`${HOOK}.*Given up`, 's') })
  const offers = await page.getByRole('button', { name: /^Send again/ }).count()
  check(
    'only what was given up is offered to be sent again',
    (await lost.getByRole('button', { name: /^Send again/ }).count()) === 1 &&
      offers === Number(await value("SELECT count(*) FROM quotakit.notification WHERE state IN ('dead', 'cancelled')")),
    offers,
  )
  await list
    .getByRole('row', { name: /outside@partner/ })
    .getByRole('button', { name: /^Send again/ })
    .click()
  check(
    'whoever was removed gets nothing again, and why is told',
    await sees(
      page.getByRole('alert').getByText('The recipient "outside@partner.example" was removed', { exact: false }),
    ),
  )
  await lost.getByRole('button', { name: /^Send again/ }).press('Enter')
  check(
    'sent again, it is announced',
    await sees(page.getByRole('status').getByText(`The message to ${HOOK} is on its way again`)),
  )
  check(
    'it waits again, and is not offered twice',
    (await closes(lost)) &&
      (await sees(list.getByRole('row', { name: new RegExp(`${HOOK}.*Tries again`, 's') }))) &&
      (await page.getByRole('button', { name: /^Send again/ }).count()) === offers - 1,
    await list.innerText(),
  )
  check('the focus stays with the list', await list.evaluate((element) => element === document.activeElement))
  await deliver(page, 'sent', 'accepted')
  check(
    'and arrives',
    await sees(list.getByRole('row', { name: new RegExp(`${HOOK}.*Delivered`, 's') }), 15_000),
    await list.innerText(),
  )

  await visit('/projects?path=acme/search&tab=alerts')
  await page.getByRole('button', { name: /^Test alert/ }).click()
  check('a test message can be sent', await sees(page.getByText('2 test messages on the way')))
  await visit('/settings?tab=notifications')
  check('and is listed as a test', await sees(list.getByRole('row', { name: /test.*Waiting/s })))
  await deliver(page, 'retry', 'could not connect: connection refused')
  check(
    'one that is tried again says when, and what it met',
    await sees(list.getByRole('row', { name: /test.*Tries again.*next try.*connection refused/s }), 15_000),
    await list.innerText(),
  )
  await visit('/projects?path=acme/search&tab=alerts')
  await page.getByRole('button', { name: /^Remove alert/ }).click()
  check('a removed alert is gone', await closes(page.getByText('When 80 % of the limit is used')))
  check('what fired stays', await sees(log.getByText('80 % of the limit used')))
  await button('Close the inspector').click()
}

/** The link of a confirmation mail, also for who has no account. */
export async function confirmation({ page, visit, sees, button }) {
  await visit('/confirm?token=nonsense')
  check(
    'the link of a confirmation asks for a press',
    await sees(page.getByRole('heading', { name: 'Confirm your address' })),
  )
  await accessible(page, 'confirm')
  await fits(page, 'confirm')
  await button('Confirm').click()
  check('a wrong one is told', await sees(page.getByRole('alert')))
}
