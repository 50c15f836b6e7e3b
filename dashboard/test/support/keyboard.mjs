// Hands on the keyboard only: nothing here clicks, or moves the focus by script.

export const isActive = (locator) => locator.evaluate((element) => element === document.activeElement).catch(() => false)

/** Presses Tab until the element is in focus; false when it cannot be reached. */
export async function tabTo(page, locator, { most = 80, back = false } = {}) {
  for (let i = 0; i < most; i++) {
    if (await isActive(locator)) return true
    await page.keyboard.press(back ? 'Shift+Tab' : 'Tab')
  }
  return isActive(locator)
}

/** Goes there and presses Enter. */
export async function tabAndEnter(page, locator, options) {
  const there = await tabTo(page, locator, options)
  await page.keyboard.press('Enter')
  return there
}

/** Chooses an option of a select by writing its first letters. */
export async function choose(page, locator, label) {
  const there = await tabTo(page, locator)
  await page.keyboard.type(label)
  return there && (await locator.evaluate((element) => element.selectedOptions[0].label)) === label
}

/** Writes over what a field holds. */
export async function write(page, locator, text) {
  const there = await tabTo(page, locator)
  await page.keyboard.press('Control+A')
  await page.keyboard.type(text)
  return there
}
