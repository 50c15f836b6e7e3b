import { type RefObject, useEffect } from 'react'

const ROOM = 32

/** Keeps the chosen one of a row that scrolls sideways in sight: when it changes, and when the window does. */
export function useInView(row: RefObject<HTMLElement | null>, chosen: string, when: unknown) {
  useEffect(() => {
    const show = () => {
      const list = row.current
      const item = list?.querySelector<HTMLElement>(chosen)
      if (!list || !item) return
      const left = item.offsetLeft - list.offsetLeft
      if (left + item.offsetWidth + ROOM > list.scrollLeft + list.clientWidth)
        list.scrollLeft = left + item.offsetWidth + ROOM - list.clientWidth
      else if (left < list.scrollLeft) list.scrollLeft = left
    }
    show()
    window.addEventListener('resize', show)
    return () => window.removeEventListener('resize', show)
  }, [row, chosen, when])
}
