import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { Sparks } from '../api'
import { ROW_HEIGHT, TreeRow } from './TreeRow'
import './tree.css'
import type { Row } from './treeRows'
import { useVirtualRows } from './useVirtualRows'

interface Props {
  label: string
  rows: Row[]
  sparks?: Sparks
  selected: string
  onSelect: (path: string) => void
  onExpand: (path: string, expanded: boolean) => void
}

/** The tree as a WAI-ARIA treegrid: one stop for Tab, arrows inside, Enter opens the inspector. */
export function TreeGrid({ label, rows, sparks, selected, onSelect, onExpand }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const wantsFocus = useRef(false)
  const [active, setActive] = useState<string | null>(null)
  const { first, last, total } = useVirtualRows(box, rows.length, ROW_HEIGHT)

  const indexOf = (path: string | null) => rows.findIndex((row) => row.node.path === path)
  const activeIndex = Math.max(0, indexOf(active ?? selected))

  const moveTo = (index: number) => {
    const to = Math.max(0, Math.min(rows.length - 1, index))
    const element = box.current
    if (element) {
      const header = element.querySelector<HTMLElement>('.tree-head')?.offsetHeight ?? 0
      const top = to * ROW_HEIGHT
      if (top < element.scrollTop) element.scrollTop = top
      else if (top + ROW_HEIGHT > element.scrollTop + element.clientHeight - header)
        element.scrollTop = top + ROW_HEIGHT - element.clientHeight + header
    }
    wantsFocus.current = true
    setActive(rows[to].node.path)
  }

  useEffect(() => {
    if (!wantsFocus.current) return
    wantsFocus.current = false
    box.current?.querySelector<HTMLElement>('.tree-row[tabindex="0"]')?.focus({ preventScroll: true })
  })

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || rows.length === 0) return
    const row = rows[activeIndex]
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 400) / ROW_HEIGHT) - 2)
    const actions: Record<string, () => void> = {
      ArrowDown: () => moveTo(activeIndex + 1),
      ArrowUp: () => moveTo(activeIndex - 1),
      Home: () => moveTo(0),
      End: () => moveTo(rows.length - 1),
      PageDown: () => moveTo(activeIndex + page),
      PageUp: () => moveTo(activeIndex - page),
      ArrowRight: () =>
        row.hasChildren && !row.expanded ? onExpand(row.node.path, true) : row.expanded && moveTo(activeIndex + 1),
      ArrowLeft: () => (row.expanded ? onExpand(row.node.path, false) : row.parent && moveTo(indexOf(row.parent))),
      Enter: () => onSelect(row.node.path),
      ' ': () => onSelect(row.node.path),
    }
    const action = actions[event.key]
    if (!action) return
    event.preventDefault()
    action()
  }

  // The row that Tab comes to is always there, also when it is scrolled away.
  const shown = rows.map((_, i) => i).slice(first, last + 1)
  if (rows.length > 0 && (activeIndex < first || activeIndex > last)) shown.push(activeIndex)

  return (
    <div
      className="tree"
      ref={box}
      role="treegrid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      onKeyDown={onKeyDown}
    >
      <div className="tree-head" role="row" aria-rowindex={1}>
        <span role="columnheader">Path</span>
        <span role="columnheader" className="c-status">
          Status
        </span>
        <span role="columnheader" className="c-quota">
          Headline quota
        </span>
        <span role="columnheader" className="c-today number">
          Today
        </span>
        <span role="columnheader" className="c-month number">
          Month
        </span>
        <span role="columnheader" className="c-spark">
          14 days
        </span>
      </div>
      <div className="tree-body" role="presentation" style={{ height: total }}>
        {shown.map((index) => (
          <TreeRow
            key={rows[index].node.path}
            row={rows[index]}
            index={index}
            spark={sparks?.paths[rows[index].node.path]}
            isActive={index === activeIndex}
            isSelected={rows[index].node.path === selected}
            onPress={() => {
              setActive(rows[index].node.path)
              onSelect(rows[index].node.path)
            }}
            onToggle={() => onExpand(rows[index].node.path, !rows[index].expanded)}
          />
        ))}
      </div>
    </div>
  )
}
