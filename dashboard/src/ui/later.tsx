import { type ComponentType, lazy, useState } from 'react'

/**
 * A component whose code is loaded when it is needed, or ahead: at once by load(), or after
 * the first paint by afterPaint(). Code that is there is drawn at once: what React has once
 * suspended it holds back for 300 ms.
 */
export function later<Props extends object>(get: () => Promise<{ default: ComponentType<Props> }>) {
  let here: ComponentType<Props> | undefined
  const load = () =>
    get().then((module) => {
      here = module.default
      return module
    })
  const Lazy = lazy(load) as unknown as ComponentType<Props>
  function Later(props: Props) {
    // One and the same as long as it is mounted.
    const [{ Now }] = useState(() => ({ Now: here ?? Lazy }))
    return <Now {...props} />
  }
  const afterPaint = () =>
    new PerformanceObserver((list, observer) => {
      if (list.getEntriesByName('first-contentful-paint').length === 0) return
      observer.disconnect()
      void load()
    }).observe({ type: 'paint', buffered: true })
  return Object.assign(Later, { load: () => void load(), afterPaint })
}
