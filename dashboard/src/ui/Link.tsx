import type { AnchorHTMLAttributes, MouseEvent } from 'react'
import { navigate } from '../router'

/** A link inside the dashboard: a real one, that changes page without loading it. */
export function Link({
  href,
  replace,
  ...props
}: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string; replace?: boolean }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    props.onClick?.(event)
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return
    event.preventDefault()
    navigate(href, { replace })
  }
  return <a {...props} href={href} onClick={follow} />
}
