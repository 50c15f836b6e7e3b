import { type ReactNode, useId } from 'react'
import { SqlButton } from './Copy'

interface Props {
  title: string
  sql?: string | null
  actions?: ReactNode
  /** Without padding, for tables. */
  flush?: boolean
  children: ReactNode
}

export function Card(props: Props) {
  const { title, sql, actions, flush, children } = props
  const id = useId()
  return (
    <section className="card" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {actions}
        {'sql' in props && <SqlButton sql={sql} of={title} />}
      </header>
      {flush ? children : <div className="body">{children}</div>}
    </section>
  )
}
