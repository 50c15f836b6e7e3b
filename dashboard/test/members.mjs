// Invitations: who comes in, and what each role may do.
import { BASE, check } from './support/browser.mjs'
import { accessible, fits } from './support/looks.mjs'
import { newPerson } from './support/person.mjs'
import { dba, value } from './support/psql.mjs'

const VIEWER = 'vera@acme.example'
const ADMIN = 'adam@acme.example'
const LEAVER = 'lea@acme.example'
const PASSWORD = 'another long password'

async function invite({ page, button, field, dialog, visit, sees, settle, finish }, email, role, look = false) {
  await visit('/settings?tab=members')
  await button('Invite').click()
  if (look) {
    await settle()
    await accessible(page, 'Settings with the invitation open')
    await fits(page, 'invitation')
  }
  await field('E-mail').fill(email)
  await dialog.getByText(role, { exact: true }).click()
  await dialog.getByRole('button', { name: 'Invite' }).click()
  await sees(dialog.getByRole('heading', { name: 'The invitation' }))
  const link = (await dialog.locator('pre').innerText()).trim()
  if (look) await accessible(page, 'Settings with the link of an invitation')
  await finish('Done')
  return link
}

async function join(browser, link, name) {
  const person = await newPerson(browser)
  await person.visit(link.slice(BASE.length))
  await person.field('Your name').fill(name)
  await person.field('Password').fill(PASSWORD)
  await person.button('Join').click()
  check(
    `${name} joins, and lands on Projects`,
    await person.sees(person.page.getByRole('heading', { name: 'Projects', level: 1 })),
  )
  return person
}

const api = (page, method, path, body) =>
  page.evaluate(
    async ([method, path, body]) => {
      const { csrf } = await (await fetch('/api/me')).json()
      const answer = await fetch(path, {
        method,
        headers: { 'Content-Type': 'application/json', 'X-CSRF': csrf },
        body: body && JSON.stringify(body),
      })
      return answer.status
    },
    [method, path, body],
  )

/** A viewer sees everything and is offered nothing to change; the server says no as well. */
async function viewer({ page, visit, sees, settle }) {
  await visit('/projects?path=acme/search')
  check(
    'a viewer sees the tree and its quotas',
    (await sees(page.locator('[data-path="acme/search"]'))) && (await sees(page.locator('.policy').first())),
  )
  const offered = []
  for (const [path, names] of [
    [
      '/projects?path=acme/search',
      ['Add path', 'Add quota', 'Actions', /^Edit quota/, /^Boost quota/, /^Remove quota/],
    ],
    ['/projects?path=acme/search&tab=alerts', ['Add alert', /^Edit alert/, /^Remove alert/]],
    ['/projects?path=acme/search&tab=notes', ['Edit notes and tags']],
    ['/services', ['Add service', 'Import prices…', 'Reprice…', 'Set a price', /^Change a price/, /^Price it/]],
    ['/keys', ['Create key', /^Revoke/]],
    ['/settings', ['Save changes']],
    ['/settings?tab=members', ['Invite', /^Withdraw/]],
    ['/settings?tab=alerts', ['Add', /^Remove/]],
  ]) {
    await visit(path)
    for (const name of names)
      if (await page.getByRole('button', { name, exact: typeof name === 'string' }).count())
        offered.push(`${name} on ${path}`)
  }
  check('a viewer is offered no change', offered.length === 0, offered)
  const lost = await value(
    "UPDATE quotakit.notification SET state = 'dead', ended_at = now() WHERE notification_id = (SELECT max(notification_id) FROM quotakit.notification) RETURNING notification_id",
  )
  await visit('/settings?tab=notifications')
  check(
    'a viewer sees what was given up, and cannot send it again',
    (await sees(page.getByRole('row', { name: /Given up/ }))) &&
      (await page.getByRole('button', { name: /^Send again/ }).count()) === 0,
  )
  await dba("SELECT set_config('quotakit.account', 'acme', false)")
  await dba("SELECT quotakit.log('lab/not-yet', usd => 1.5)")
  await visit('/projects')
  await page.getByRole('button', { name: /^Show them: calls below lab/ }).click()
  check(
    'a viewer sees what could not be placed, and cannot replay it',
    (await sees(page.getByRole('dialog').getByRole('row', { name: /lab\/not-yet.*\$1\.50/ }))) &&
      (await page.getByRole('button', { name: /^Replay/ }).count()) === 0,
  )
  await settle()
  await accessible(page, 'Projects of a viewer with unplaced calls')
  await page.keyboard.press('Escape')
  await visit('/settings')
  check(
    "the settings say that they are an owner's",
    (await sees(page.getByText('Only an owner can change these.'))) &&
      (await page.getByLabel('Account name').isDisabled()),
  )
  await accessible(page, 'Settings of a viewer')
  await visit('/keys')
  await accessible(page, 'API Keys of a viewer')
  check('the data export is not offered', (await page.getByRole('tab', { name: 'Data export' }).count()) === 0)
  const statuses = [
    await api(page, 'POST', '/api/node', { path: 'acme/viewer' }),
    await api(page, 'POST', '/api/keys', { name: 'viewer' }),
    await api(page, 'PATCH', '/api/settings', { name: 'taken' }),
    await api(page, 'POST', '/api/members', { email: 'x@acme.example', role: 'owner' }),
    await api(page, 'POST', '/api/notifications/resend', { id: lost }),
    await api(page, 'POST', '/api/unplaced/replay', { root: 'lab' }),
    await api(page, 'GET', '/api/export?what=config'),
  ]
  check(
    'and the server refuses all of them',
    statuses.every((status) => status === 403),
    statuses,
  )
  await settle()
}

async function admin({ page, button, field, visit, sees, finish }) {
  await visit('/projects')
  await button('Add path').click()
  await field('Path').fill('lab/adams-bench')
  await finish('Add path')
  check('an admin adds a path', await sees(page.locator('[data-path="lab/adams-bench"]')))
  await visit('/settings?tab=members')
  check('but invites nobody', (await page.getByRole('button', { name: 'Invite' }).count()) === 0)
  await api(page, 'POST', '/api/node', { path: 'lab/not-yet', service: 'openai' })
  await visit('/projects')
  await page.getByRole('button', { name: /^Show them: calls below lab/ }).click()
  await button('Replay all').click()
  check(
    'an admin replays what could not be placed',
    (await sees(page.getByRole('dialog').getByText('1 recorded, 0 still rejected.'))) && (await finish('Done')),
  )
  await visit('/settings?tab=notifications')
  check('an admin can send again what was given up', await sees(page.getByRole('button', { name: /^Send again/ })))
  const status = await api(page, 'POST', '/api/members', { email: 'x@acme.example', role: 'owner' })
  check('the server says so too', status === 403, status)
}

export async function members(owner, browser) {
  const { page, visit, sees, finish, closes, settle } = owner
  const link = await invite(owner, VIEWER, 'Viewer', true)
  check('an invitation is a link to here', link.startsWith(`${BASE}/join?token=aisi_`), link)
  check('it is listed as open', await sees(page.getByRole('group', { name: 'Invitations' }).getByText(VIEWER)))

  const stranger = await newPerson(browser)
  await stranger.visit(link.slice(BASE.length))
  check(
    'the link says which account, as what, for whom',
    (await stranger.sees(stranger.page.getByRole('heading', { name: 'Join acme' }))) &&
      (await stranger.sees(stranger.page.getByText(`As viewer, with ${VIEWER}`, { exact: false }))),
  )
  await accessible(stranger.page, 'join')
  await fits(stranger.page, 'join')
  await stranger.page.context().close()

  const vera = await join(browser, link, 'Vera')
  check(
    'the new member is a viewer',
    (await value(`SELECT role FROM quotakit.member WHERE email = '${VIEWER}'`)) === 'viewer',
  )
  await viewer(vera)
  await vera.visit(link.slice(BASE.length))
  check(
    'an invitation works once',
    await vera.sees(vera.page.getByRole('heading', { name: 'This invitation does not work' })),
  )
  await accessible(vera.page, 'join, used')

  const adam = await join(browser, await invite(owner, ADMIN, 'Admin'), 'Adam')
  await admin(adam)

  const withdrawn = await invite(owner, LEAVER, 'Owner')
  await page.getByRole('button', { name: `Withdraw the invitation of ${LEAVER}` }).click()
  check('a withdrawn invitation is gone', await closes(page.getByText(LEAVER)))
  await adam.visit(withdrawn.slice(BASE.length))
  check(
    'and its link works no more',
    await adam.sees(adam.page.getByRole('heading', { name: 'This invitation does not work' })),
  )

  await visit('/settings?tab=members')
  await page.getByLabel(`Role of ${VIEWER}`).selectOption('admin')
  check('a role is changed in place', await sees(page.getByText('The role was changed')))
  check('and holds at once', (await api(vera.page, 'POST', '/api/node', { path: 'lab/veras-bench' })) === 201)
  await page.getByLabel(`Role of ${VIEWER}`).selectOption('viewer')

  await page.getByRole('button', { name: `Remove ${ADMIN}` }).click()
  await settle()
  await accessible(page, 'Settings, removing a member')
  await finish('Remove member')
  check('a removed member leaves the list', await closes(page.getByRole('group', { name: 'Members' }).getByText(ADMIN)))
  await adam.visit('/projects')
  check('and is signed out at once', await adam.sees(adam.page.getByRole('heading', { name: 'Sign in' })))
  for (const person of [vera, adam]) await person.page.context().close()
}
