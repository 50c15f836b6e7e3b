import { type RefObject, useLayoutEffect, useState } from 'react'

/** Which rows of a list of equal heights can be seen. */
export function useVirtualRows(box: RefObject<HTMLElement | null>, count: number, height: number, spare = 8) {
  const [view, setView] = useState({ top: 0, height: 800 })
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const read = () =>
      setView((old) =>
        old.top === element.scrollTop && old.height === element.clientHeight
          ? old
          : { top: element.scrollTop, height: element.clientHeight },
      )
    read()
    element.addEventListener('scroll', read, { passive: true })
    const observer = new ResizeObserver(read)
    observer.observe(element)
    return () => {
      element.removeEventListener('scroll', read)
      observer.disconnect()
    }
  }, [box])
  const first = Math.max(0, Math.floor(view.top / height) - spare)
  const last = Math.min(count - 1, Math.ceil((view.top + view.height) / height) + spare)
  return { first, last, total: count * height }
}
