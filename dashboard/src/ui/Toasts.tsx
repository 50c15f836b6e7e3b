import { useSyncExternalStore } from 'react'
import { Icon } from './Icon'

interface Toast {
  id: number
  text: string
}

let toasts: Toast[] = []
let nextId = 1
const listeners = new Set<() => void>()
const set = (next: Toast[]) => {
  toasts = next
  listeners.forEach((listener) => listener())
}

export function toast(text: string) {
  const id = nextId++
  set([...toasts.slice(-2), { id, text }])
  setTimeout(() => set(toasts.filter((entry) => entry.id !== id)), 5000)
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => (listeners.add(listener), () => void listeners.delete(listener)),
    () => toasts,
  )
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((entry) => (
        <div key={entry.id} className="toast">
          <Icon name="check" />
          {entry.text}
        </div>
      ))}
    </div>
  )
}
