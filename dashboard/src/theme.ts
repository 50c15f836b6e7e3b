import { useState } from 'react'

export type Theme = 'system' | 'light' | 'dark'
const STORE = 'quotakit.theme'

function stored(): Theme {
  const theme = document.documentElement.dataset.theme
  return theme === 'light' || theme === 'dark' ? theme : 'system'
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setState] = useState(stored)
  const set = (next: Theme) => {
    if (next === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = next
    try {
      if (next === 'system') localStorage.removeItem(STORE)
      else localStorage.setItem(STORE, next)
    } catch {
      // Storage may be switched off; the choice then lasts as long as the page.
    }
    setState(next)
    window.dispatchEvent(new Event('themechange'))
  }
  return [theme, set]
}
