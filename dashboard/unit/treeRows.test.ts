import { describe, expect, it } from 'vitest'
import type { TreeNode } from '../src/api'
import { countByStatus, treeRows } from '../src/tree/treeRows'
import { statuses } from '../src/vocabulary'

function node(path: string, more: Partial<TreeNode> = {}): TreeNode {
  return {
    path,
    service: 'openai',
    tags: [],
    status: 'healthy',
    policies: 0,
    frozen: false,
    archived: false,
    headline: null,
    today_usd: '0',
    today_requests: 0,
    ...more,
  }
}

const all = { text: '', status: '', archived: false } as const
const none = new Set<string>()
const paths = ['acme', 'acme/chat', 'acme/chat/eu', 'acme/search', 'zoo']
const nodes = paths.map((path) => node(path))
const shown = (rows: ReturnType<typeof treeRows>) => rows.map((row) => row.node.path)

describe('treeRows', () => {
  it('shows all paths in tree order, each below its parent', () => {
    const rows = treeRows(nodes, none, all)
    expect(shown(rows)).toEqual(paths)
    expect(rows.map((row) => row.level)).toEqual([1, 2, 3, 2, 1])
    expect(rows.map((row) => row.label)).toEqual(['acme', 'chat', 'eu', 'search', 'zoo'])
    expect(rows.map((row) => [row.position, row.siblings])).toEqual([
      [1, 2],
      [1, 2],
      [1, 1],
      [2, 2],
      [2, 2],
    ])
  })

  it('hides what is below a collapsed row, and only that', () => {
    const rows = treeRows(nodes, new Set(['acme/chat']), all)
    expect(shown(rows)).toEqual(['acme', 'acme/chat', 'acme/search', 'zoo'])
    expect(rows[1]).toMatchObject({ hasChildren: true, expanded: false })
    expect(rows[3]).toMatchObject({ hasChildren: false, expanded: false })
  })

  it('a path whose parent is not there hangs below the nearest that is', () => {
    const rows = treeRows([node('acme'), node('acme/a/b')], none, all)
    expect(rows[1]).toMatchObject({ parent: 'acme', label: 'a/b', level: 2 })
  })

  it('is not led astray by names that only begin alike', () => {
    const rows = treeRows([node('acme'), node('acme-labs')], none, all)
    expect(rows.map((row) => row.level)).toEqual([1, 1])
  })

  it('shows what matches with all above it, whatever is collapsed', () => {
    const rows = treeRows(nodes, new Set(['acme']), { ...all, text: 'EU' })
    expect(shown(rows)).toEqual(['acme', 'acme/chat', 'acme/chat/eu'])
    expect(rows.map((row) => row.context)).toEqual([true, true, false])
  })

  it('finds by service and by tag', () => {
    const mixed = [node('a', { service: 'anthropic' }), node('b', { service: null, tags: ['prod'] }), node('c')]
    expect(shown(treeRows(mixed, none, { ...all, text: 'anthro' }))).toEqual(['a'])
    expect(shown(treeRows(mixed, none, { ...all, text: 'prod' }))).toEqual(['b'])
    expect(shown(treeRows(mixed, none, { ...all, text: 'nothing like it' }))).toEqual([])
  })

  it('filters by status, and by both at once', () => {
    const mixed = [node('a', { status: 'over' }), node('b', { status: 'over', service: null }), node('c')]
    expect(shown(treeRows(mixed, none, { ...all, status: 'over' }))).toEqual(['a', 'b'])
    expect(shown(treeRows(mixed, none, { ...all, status: 'over', text: 'openai' }))).toEqual(['a'])
  })

  it('leaves archived paths out unless they are asked for', () => {
    const mixed = [node('a'), node('a/old', { archived: true })]
    expect(shown(treeRows(mixed, none, all))).toEqual(['a'])
    expect(treeRows(mixed, none, all)[0].hasChildren).toBe(false)
    expect(shown(treeRows(mixed, none, { ...all, archived: true }))).toEqual(['a', 'a/old'])
  })

  it('takes ten thousand paths in a moment', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => node(`root/${String(i).padStart(5, '0')}`))
    const started = Date.now()
    expect(treeRows([node('root'), ...many], none, all)).toHaveLength(10_001)
    expect(Date.now() - started).toBeLessThan(2_000)
  })
})

describe('countByStatus', () => {
  it('counts live paths under every status', () => {
    const counts = countByStatus([
      node('a', { status: 'over' }),
      node('b', { status: 'over', archived: true }),
      node('c'),
    ])
    expect(Object.keys(counts)).toEqual([...statuses])
    expect(counts).toMatchObject({ over: 1, healthy: 1, none: 0 })
  })
})
