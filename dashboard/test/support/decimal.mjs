// Exact decimals for comparing amounts: bigints of 10⁻¹⁸, since a quotient has more digits than an amount.

const PLACES = 18
const ONE = 10n ** BigInt(PLACES)

export function decimal(text) {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(text ?? 0)) ?? [null, '', 'x']
  const size = BigInt(whole + fraction.padEnd(PLACES, '0').slice(0, PLACES))
  return sign ? -size : size
}

export const sum = (texts) => texts.reduce((total, text) => total + decimal(text), 0n)

export const divided = (a, b) => (a * ONE) / b

/** Rounded half up (away from zero) to so many places after the point; to -3 is to thousands. */
export function rounded(value, places) {
  const unit = 10n ** BigInt(PLACES - places)
  const half = value < 0n ? -unit / 2n : unit / 2n
  return ((value + half) / unit) * unit
}

const POWERS = { '': 0, K: 3, M: 6, B: 9, T: 12 }

/** Whether a text on the page ("$1,234.50", "1.2M") is the value, rounded to the places that it shows. Money shows cents at least. */
export function says(text, value, { money = false } = {}) {
  const [, sign, whole, fraction = '', suffix] = /^(-?)\$?([\d,]+)(?:\.(\d+))?([KMBT]?)$/.exec(text.trim()) ?? []
  if (whole === undefined) return false
  if (money && (fraction.length < 2 || suffix)) return false
  const shown = decimal(`${sign}${whole.replaceAll(',', '')}.${fraction || '0'}`) * 10n ** BigInt(POWERS[suffix])
  return shown === rounded(value, fraction.length - POWERS[suffix])
}
