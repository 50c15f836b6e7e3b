// A key that is revoked works no more, at once.
import { check } from './support/browser.mjs'
import { reserve, uuid7 } from './support/application.mjs'
import { accessible, fits } from './support/looks.mjs'

export async function revokeKey({ page, button, field, dialog, visit, sees, settle, finish }) {
  await visit('/keys')
  await button('Create key').click()
  await field('Name').fill('to be revoked')
  await dialog.getByRole('button', { name: 'Create key' }).click()
  const key = (await dialog.locator('pre').first().innerText()).trim()
  await finish('I have kept it')
  const call = () =>
    reserve(key, { id: uuid7(Date.now()), path: 'lab/evaluation', model: 'gpt-4o', usage: { requests: 1 } })
  check('a new key works', (await call()).status === 201)
  await button('Revoke to be revoked').click()
  check('revoking says what it means', await sees(dialog.getByText(/Calls with this key are refused from now on/)))
  await settle()
  await accessible(page, 'API Keys, revoking')
  await fits(page, 'revoke')
  await finish('Revoke key')
  check('a revoked key says so', await sees(page.getByRole('row', { name: /to be revoked.*revoked/s })))
  const refused = await call()
  check('and is refused at once', refused.status === 401, refused)
}
