// How people read the words of the vocabulary. A member that is missing here does not compile.
import {
  type AlertKind,
  type Channel,
  type Delivery,
  type Enforcement,
  type Role,
  type Status,
  type UnknownPathChoice,
  type Unit,
  alertKinds,
  channels,
  deliveries,
  enforcements,
  roles,
  statuses,
  statusFrom,
  unknownPathChoices,
} from './vocabulary'

export const unitName: Readonly<Record<Unit, string>> = {
  usd: 'USD',
  credits: 'Credits',
  requests: 'Requests',
  tokens: 'Tokens',
}

export const enforcementWords: Readonly<Record<Enforcement, { name: string; meaning: string }>> = {
  open: { name: 'Open', meaning: 'Records only. Nothing is ever stopped.' },
  block: {
    name: 'Block',
    meaning: 'Stops calls once the recorded spend has reached the limit. Calls under way may pass it a little.',
  },
  strict: {
    name: 'Strict',
    meaning: 'Reserves before each call, so that all processes together cannot pass the limit.',
  },
  shadow: { name: 'Shadow', meaning: 'Decides like strict but stops nothing; shows what it would have refused.' },
}

const statusNames: Readonly<Record<Status, string>> = {
  healthy: 'Healthy',
  warning: 'Warning',
  critical: 'Critical',
  over: 'Over',
  none: 'No quota',
}

export function statusName(status: Status): string {
  return statusNames[status]
}

function statusMeaning(status: Status): string {
  const from = statusFrom[status]
  if (from === null) return 'no policy of its own'
  const next = statusFrom[statuses[statuses.indexOf(status) + 1]]
  if (next === null) return `${from} % and more`
  return from === 0 ? `below ${next} %` : `${from} to ${next} %`
}

/** For legends: each status with its name and what it means. */
export const statusLegend = statuses.map((status) => ({
  status,
  name: statusName(status),
  meaning: statusMeaning(status),
}))

/** The status of a policy of whose limit so much is used. */
export function statusOf(percent: number): Status {
  return statuses.findLast((status) => percent >= (statusFrom[status] ?? Infinity)) ?? statuses[0]
}

export interface Option<T extends string> {
  value: T
  label: string
  hint?: string
}

function options<T extends string>(
  members: readonly T[],
  words: Readonly<Record<T, Omit<Option<T>, 'value'>>>,
): Option<T>[] {
  return members.map((value) => ({ value, ...words[value] }))
}

export const enforcementOptions = enforcements.map((value) => ({
  value,
  label: enforcementWords[value].name,
  hint: enforcementWords[value].meaning,
}))

export const alertKindOptions = options<AlertKind>(alertKinds, {
  percent: { label: 'Share of the limit', hint: 'When so many percent are used.' },
  amount: { label: 'Amount', hint: 'When so much is used, whatever the limit.' },
  forecast: { label: 'Forecast', hint: 'When at the present pace it will trip before the window ends.' },
  refusal: { label: 'Refusal', hint: 'When the first call of a window is refused.' },
})

export const deliveryOptions = options<Delivery>(deliveries, {
  each: { label: 'At once' },
  daily: { label: 'In a daily digest' },
  weekly: { label: 'In a weekly digest' },
})

export const channelOptions = options<Channel>(channels, {
  email: { label: 'E-mail', hint: 'An address from outside must be confirmed by a link first.' },
  webhook: { label: 'Webhook', hint: 'Signed as Standard Webhooks says.' },
  slack: { label: 'Slack', hint: 'An incoming webhook of a Slack channel.' },
})

export const roleOptions = options<Role>(roles, {
  viewer: { label: 'Viewer', hint: 'Sees everything, changes nothing.' },
  admin: { label: 'Admin', hint: 'Also changes paths, quotas, prices, alerts and keys.' },
  owner: { label: 'Owner', hint: 'Also the account and its members.' },
})

export const unknownPathOptions = options<UnknownPathChoice>(unknownPathChoices, {
  reject: { label: 'is rejected, and kept as unplaced' },
  create: { label: 'creates the path' },
})
