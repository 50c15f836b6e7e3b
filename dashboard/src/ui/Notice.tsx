import type { ReactNode } from 'react'
import { Icon, type IconName } from './Icon'

export function Notice({
  kind = '',
  icon,
  children,
}: {
  kind?: '' | 'problem' | 'good' | 'warning'
  icon?: IconName
  children: ReactNode
}) {
  return (
    <div className={`notice ${kind}`} role={kind === 'problem' ? 'alert' : undefined}>
      {icon && <Icon name={icon} />}
      <div className="grow">{children}</div>
    </div>
  )
}

export function Problem({ children }: { children: ReactNode }) {
  return (
    <Notice kind="problem" icon="warning">
      {children}
    </Notice>
  )
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
    </div>
  )
}
