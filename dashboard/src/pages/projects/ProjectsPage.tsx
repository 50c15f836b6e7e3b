import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import { api } from '../../api'
import { problemText } from '../../api/http'
import { count } from '../../format'
import { navigate, useParam, withParams } from '../../router'
import { useCanEdit, useSession } from '../../session'
import { Button } from '../../ui/Button'
import { Check } from '../../ui/Choices'
import { SqlButton } from '../../ui/Copy'
import { Filter } from '../../ui/Field'
import { Icon } from '../../ui/Icon'
import { Empty, Problem } from '../../ui/Notice'
import { Status } from '../../ui/Status'
import { TreeGrid } from '../../tree/TreeGrid'
import { countByStatus, treeRows } from '../../tree/treeRows'
import type { Status as Level } from '../../vocabulary'
import { statusLegend } from '../../words'
import { AddPathDialog } from './AddPathDialog'
import { FirstSteps } from './FirstSteps'
import { Inspector } from './Inspector'
import { Unplaced } from './Unplaced'
import { LIVE_MS } from './live'
import './projects.css'

export function ProjectsPage() {
  const { account } = useSession()
  const canEdit = useCanEdit()
  const tree = useQuery({ queryKey: ['tree'], queryFn: api.tree, refetchInterval: LIVE_MS })
  // Months and sparklines cost more than the tree: they follow it in ten seconds when it has moved, else in a minute.
  const treeMovedAt = useMemo(() => (tree.data ? Date.now() : 0), [tree.data])
  const sparks = useQuery({
    queryKey: ['sparks'],
    queryFn: api.sparks,
    refetchInterval: (query) => (treeMovedAt > query.state.dataUpdatedAt ? 10_000 : 60_000),
  })
  const [path] = useParam('path')
  const [text, setText] = useParam('q')
  const [status, setStatus] = useParam('status')
  const [archived, setArchived] = useParam('archived')
  const [collapsed, setCollapsed] = useState<Set<string>>(new Set())
  const [adding, setAdding] = useState(false)
  const search = useRef<HTMLInputElement>(null)

  const nodes = useMemo(() => tree.data?.nodes ?? [], [tree.data])
  const rows = useMemo(
    () => treeRows(nodes, collapsed, { text, status: status as Level | '', archived: archived === '1' }),
    [nodes, collapsed, text, status, archived],
  )
  const counts = useMemo(() => countByStatus(nodes), [nodes])
  const hasArchived = nodes.some((node) => node.archived)

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement
      if (
        event.key !== '/' ||
        event.ctrlKey ||
        event.metaKey ||
        target.closest('input, textarea, select, [role="dialog"]')
      )
        return
      event.preventDefault()
      search.current?.focus()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])

  const expand = (which: string, expanded: boolean) =>
    setCollapsed((old) => {
      const next = new Set(old)
      if (expanded) next.delete(which)
      else next.add(which)
      return next
    })
  const select = (which: string) => navigate(withParams({ path: which }))
  const close = () => {
    navigate(withParams({ path: null, tab: null }))
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>('.tree-row[tabindex="0"]')?.focus({ preventScroll: true }),
    )
  }

  return (
    <div className={`page projects${path ? ' with-inspector' : ''}`}>
      <div className="page-head">
        <h1>Projects</h1>
        {canEdit && (
          <Button kind="primary" onPress={() => setAdding(true)}>
            <Icon name="plus" />
            Add path
          </Button>
        )}
      </div>
      {tree.isError && <Problem>{problemText(tree.error)}</Problem>}
      <Unplaced />
      {tree.data && !path && (!account.calls || nodes.length === 0) && (
        <FirstSteps nodes={nodes} onAddPath={() => setAdding(true)} />
      )}
      <div className="projects-body">
        {nodes.length > 0 && (
          <section className="card tree-card" aria-label="Paths">
            <header>
              <div className="search">
                <Icon name="search" size={15} />
                <input
                  ref={search}
                  className="input compact"
                  type="search"
                  placeholder="Find a path, service or tag"
                  aria-label="Find a path, service or tag"
                  value={text}
                  onChange={(event) => setText(event.target.value, true)}
                  onKeyDown={(event) => event.key === 'Escape' && setText(null, true)}
                />
                <kbd aria-hidden="true">/</kbd>
              </div>
              <Filter
                label="Status"
                value={status}
                onChange={(value) => setStatus(value)}
                options={[
                  { value: '', label: 'Any status' },
                  ...statusLegend.map(({ status, name }) => ({ value: status, label: `${name} (${counts[status]})` })),
                ]}
              />
              {hasArchived && (
                <Check isSelected={archived === '1'} onChange={(on) => setArchived(on ? '1' : null)}>
                  Archived
                </Check>
              )}
              <span className="grow" />
              <Button
                kind="quiet icon"
                aria-label="Collapse all"
                onPress={() => setCollapsed(new Set(nodes.map((node) => node.path)))}
              >
                <Icon name="collapse" />
              </Button>
              <Button kind="quiet icon" aria-label="Expand all" onPress={() => setCollapsed(new Set())}>
                <Icon name="expand" />
              </Button>
              <SqlButton sql={tree.data?.sql} of="Paths" />
            </header>
            {rows.length > 0 ? (
              <TreeGrid
                label={`Paths of ${account.name}`}
                rows={rows}
                sparks={sparks.data}
                selected={path}
                onSelect={select}
                onExpand={expand}
              />
            ) : (
              <Empty title="Nothing matches">
                <p>No path fits this filter.</p>
                <Button onPress={() => navigate(withParams({ q: null, status: null }))}>Clear the filter</Button>
              </Empty>
            )}
            <footer className="legend">
              <span className="strong">
                {account.name} · {count(nodes.length)} {nodes.length === 1 ? 'path' : 'paths'}
              </span>
              <ul aria-label="What the signs mean">
                {statusLegend.map(({ status, name, meaning }) => (
                  <li key={status}>
                    <Status level={status}>{name}</Status> <span className="muted small">{meaning}</span>
                  </li>
                ))}
              </ul>
            </footer>
          </section>
        )}
        {path && <Inspector key={path} path={path} onClose={close} />}
      </div>
      {adding && <AddPathDialog parent={path} onClose={() => setAdding(false)} />}
    </div>
  )
}
