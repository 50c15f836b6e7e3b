import { useEffect, useState } from 'react'

/** Colours that can be told apart in both themes and by people who see colours differently. */
export const palette = [
  '#5b5bd6',
  '#1f9d8a',
  '#d9822b',
  '#c2417c',
  '#3b82c4',
  '#7a9a1f',
  '#9461c9',
  '#b0793f',
  '#4f8f5b',
  '#cf5a5a',
  '#6b7f99',
  '#a3a3b5',
]

/** What charts take from the page's theme; changes with it. */
export function useChartTheme() {
  const read = () => {
    const style = getComputedStyle(document.documentElement)
    const get = (name: string) => style.getPropertyValue(name).trim()
    return { text: get('--text-2'), line: get('--line'), surface: get('--surface'), font: get('--font') }
  }
  const [theme, setTheme] = useState(read)
  useEffect(() => {
    const update = () => setTheme(read())
    const media = matchMedia('(prefers-color-scheme: dark)')
    media.addEventListener('change', update)
    window.addEventListener('themechange', update)
    return () => {
      media.removeEventListener('change', update)
      window.removeEventListener('themechange', update)
    }
  }, [])
  return theme
}
