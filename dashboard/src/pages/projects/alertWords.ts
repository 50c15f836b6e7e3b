import type { Policy } from '../../api'
import { amountOf, periodName, scopeName } from '../../format'
import { unitName } from '../../words'

/** The account's own address, among the recipients of an alert. */
export const CONTACT = 'contact'

export function policyName(policy: Policy): string {
  return `${unitName[policy.unit]} ${periodName(policy.period, policy.rolling)}, ${scopeName(policy.service, policy.model)} (${amountOf(policy.limit, policy.unit)})`
}

/** Who gets it, in words. */
export function recipientName(name: string): string {
  return name === CONTACT ? "the account's contact" : name
}
