import { useCallback, useSyncExternalStore } from 'react'

// The URL is the state: pages read their filters from it and write them back.

const listeners = new Set<() => void>()
const notify = () => listeners.forEach((listener) => listener())
window.addEventListener('popstate', notify)

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export function navigate(href: string, { replace = false } = {}) {
  if (href === location.pathname + location.search) return
  if (replace) history.replaceState(null, '', href)
  else history.pushState(null, '', href)
  notify()
}

export function useLocation() {
  const href = useSyncExternalStore(subscribe, () => location.pathname + location.search)
  const url = new URL(href, location.origin)
  return { href, pathname: url.pathname, search: url.searchParams }
}

/** The page's URL with some parameters changed; an empty one is left out. */
export function withParams(changes: Record<string, string | null | undefined>, pathname = location.pathname): string {
  const search = new URLSearchParams(pathname === location.pathname ? location.search : '')
  for (const [name, value] of Object.entries(changes)) {
    if (value == null || value === '') search.delete(name)
    else search.set(name, value)
  }
  // Slashes are legal in a query and paths are easier to read with them.
  const text = search.toString().replaceAll('%2F', '/')
  return pathname + (text ? `?${text}` : '')
}

export function useParam(name: string, fallback = ''): [string, (value: string | null, replace?: boolean) => void] {
  const { search } = useLocation()
  const set = useCallback(
    (value: string | null, replace = false) =>
      navigate(withParams({ [name]: value === fallback ? null : value }), { replace }),
    [name, fallback],
  )
  return [search.get(name) ?? fallback, set]
}
