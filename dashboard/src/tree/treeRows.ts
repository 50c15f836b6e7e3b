import type { TreeNode } from '../api'
import { type Status, statuses } from '../vocabulary'

export interface Row {
  node: TreeNode
  /** What is written: the labels below the row's parent. */
  label: string
  level: number
  position: number
  siblings: number
  parent: string | null
  hasChildren: boolean
  expanded: boolean
  /** Shown only because something below it matches the filter. */
  context: boolean
}

export interface TreeFilter {
  text: string
  status: Status | ''
  archived: boolean
}

function parentOf(path: string, known: Set<string>): string | null {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const above = path.slice(0, end)
    if (known.has(above)) return above
  }
  return null
}

function matches(node: TreeNode, filter: TreeFilter): boolean {
  if (filter.status && node.status !== filter.status) return false
  if (!filter.text) return true
  const text = filter.text.toLowerCase()
  return (
    node.path.toLowerCase().includes(text) ||
    (node.service ?? '').toLowerCase().includes(text) ||
    node.tags.some((tag) => tag.toLowerCase().includes(text))
  )
}

/** The rows on show, in tree order. While a filter is set, what matches is shown with all above it. */
export function treeRows(nodes: TreeNode[], collapsed: Set<string>, filter: TreeFilter): Row[] {
  const live = filter.archived ? nodes : nodes.filter((node) => !node.archived)
  const known = new Set(live.map((node) => node.path))
  const parents = new Map(live.map((node) => [node.path, parentOf(node.path, known)]))
  const filtering = Boolean(filter.text || filter.status)

  const hits = new Set<string>()
  const shown = new Set<string>()
  for (const node of live) {
    if (filtering && !matches(node, filter)) continue
    hits.add(node.path)
    for (let path: string | null | undefined = node.path; path && !shown.has(path); path = parents.get(path))
      shown.add(path)
  }

  const children = new Map<string | null, TreeNode[]>()
  for (const node of live) {
    if (!shown.has(node.path)) continue
    const parent = parents.get(node.path) ?? null
    const list = children.get(parent)
    if (list) list.push(node)
    else children.set(parent, [node])
  }

  const rows: Row[] = []
  const walk = (parent: string | null, level: number) => {
    const list = children.get(parent) ?? []
    list.forEach((node, i) => {
      const hasChildren = children.has(node.path)
      const expanded = hasChildren && (filtering || !collapsed.has(node.path))
      rows.push({
        node,
        label: parent ? node.path.slice(parent.length + 1) : node.path,
        level,
        position: i + 1,
        siblings: list.length,
        parent,
        hasChildren,
        expanded,
        context: filtering && !hits.has(node.path),
      })
      if (expanded) walk(node.path, level + 1)
    })
  }
  walk(null, 1)
  return rows
}

export function countByStatus(nodes: TreeNode[]): Record<Status, number> {
  const counts = Object.fromEntries(statuses.map((status) => [status, 0])) as Record<Status, number>
  for (const node of nodes) if (!node.archived) counts[node.status]++
  return counts
}
