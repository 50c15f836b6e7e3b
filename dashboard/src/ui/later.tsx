import { type ComponentType, lazy, useState } from 'react'

/**
 * A component whose code is loaded when it is needed, or ahead: at once by load(), or without delaying
 * what is about to be drawn by afterPaint(). Code that is there is drawn at once: what React has once
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
  return Object.assign(Later, { load: () => void load(), afterPaint: () => void requestAnimationFrame(() => setTimeout(load)) })
}
