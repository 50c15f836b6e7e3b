import type { ReactNode } from 'react'
import type { Status as Level } from '../vocabulary'
import { statusName } from '../words'

/** What a sign can say: the statuses of policies, and the same for other things. */
export type { Status as Level } from '../vocabulary'

// Each level has a shape of its own, so that colour is never the only sign.
const shapes: Record<Level, ReactNode> = {
  healthy: <path d="M7 1.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM4.5 7.200l1.8 1.7 3.2-3.6" />,
  warning: <path d="M7 1.800l5.7 10.400H1.300zM7 5.600v3M7 10.400v.1" />,
  critical: <path d="M7 .8L13.2 7 7 13.2.8 7zM7 4v3.5M7 9.600v.1" />,
  over: (
    <path d="M4.6 1.200h4.800l3.4 3.400v4.800l-3.4 3.400H4.600L1.2 9.400V4.600zM4.8 4.800l4.4 4.400M9.2 4.800L4.8 9.2" />
  ),
  none: <path strokeDasharray="2.2 2" d="M7 1.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11z" />,
}

export function StatusIcon({ level, size = 14 }: { level: Level; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 14 14"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {shapes[level]}
    </svg>
  )
}

export function Status({ level, pill, children }: { level: Level; pill?: boolean; children?: ReactNode }) {
  return (
    <span className={`status ${level}${pill ? ' pill' : ''}`}>
      <StatusIcon level={level} />
      {children ?? statusName(level)}
    </span>
  )
}
