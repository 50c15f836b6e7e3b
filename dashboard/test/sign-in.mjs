// Out, and in again: a link to a page deep inside comes back to it.
import { BASE, check } from './support/browser.mjs'
import { EMAIL, PASSWORD } from './first-day.mjs'
import { tabTo } from './support/keyboard.mjs'
import { accessible, fits, steady } from './support/looks.mjs'

export async function inAndOut(person) {
  const { page, button, field, visit, sees } = person
  await visit('/projects')
  await button('Sign out').click()
  check('signing out asks to sign in', await sees(page.getByRole('heading', { name: 'Sign in' })))
  const deep = '/projects?path=acme/search&tab=refusals'
  await steady(person, 'sign in', deep)
  check('a deep link without a session asks to sign in', await sees(page.getByRole('heading', { name: 'Sign in' })))
  await accessible(page, 'sign in')
  await fits(page, 'sign in')
  await tabTo(page, field('E-mail'))
  await page.keyboard.type(EMAIL)
  await page.keyboard.press('Tab')
  await page.keyboard.type('not the password')
  await page.keyboard.press('Enter')
  check('a wrong password is told', await sees(page.getByRole('alert')))
  await accessible(page, 'sign in, refused')
  await tabTo(page, field('Password'))
  await page.keyboard.press('Control+A')
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
  check(
    'with the right one it comes back to its page',
    (await sees(page.getByRole('tab', { name: 'Refusals', selected: true }))) && page.url() === BASE + deep,
    page.url(),
  )
}
