import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { type NodeDetail, api } from '../../api'
import { problemText } from '../../api/http'
import { dateTime, usd } from '../../format'
import { useParam, withParams } from '../../router'
import { useCanEdit } from '../../session'
import { Button } from '../../ui/Button'
import { Icon } from '../../ui/Icon'
import { Link } from '../../ui/Link'
import { Notice, Problem } from '../../ui/Notice'
import { Status } from '../../ui/Status'
import { Tabs } from '../../ui/Tabs'
import { AddPathDialog } from './AddPathDialog'
import { AlertsTab } from './AlertsTab'
import { AuditTab } from './AuditTab'
import { LIVE_MS } from './live'
import { NotesTab } from './NotesTab'
import { QuotasTab } from './QuotasTab'
import { RefusalsTab } from './RefusalsTab'
import { ReservationsTab } from './ReservationsTab'
import { type StateChange, StateDialog } from './StateDialog'

function Crumbs({ path }: { path: string }) {
  const labels = path.split('/')
  if (labels.length < 2) return null
  return (
    <nav className="crumbs" aria-label="Above">
      {labels.slice(0, -1).map((label, i) => (
        <span key={i}>
          <Link href={withParams({ path: labels.slice(0, i + 1).join('/') })}>{label}</Link> /
        </span>
      ))}
    </nav>
  )
}

function Figures({ node }: { node: NodeDetail }) {
  return (
    <dl className="figures">
      <div>
        <dt>Today</dt>
        <dd>{usd(node.today.cost_usd)}</dd>
      </div>
      <div>
        <dt>This month</dt>
        <dd>{usd(node.month.cost_usd)}</dd>
      </div>
      <div>
        <dt>Refusals, 24 h</dt>
        <dd>{node.refusals_24h}</dd>
      </div>
    </dl>
  )
}

function State({ node }: { node: NodeDetail }) {
  return (
    <>
      {node.frozen_by && (
        <Notice kind="problem" icon="snow">
          Frozen
          {node.frozen_by === node.path ? (
            ''
          ) : (
            <>
              {' '}
              with <code>{node.frozen_by}</code>
            </>
          )}
          : {node.frozen_reason}. Every call is refused.
        </Notice>
      )}
      {node.archived_by && (
        <Notice icon="archive">
          Archived
          {node.archived_by === node.path ? (
            ` on ${dateTime(node.archived_at)}`
          ) : (
            <>
              {' '}
              with <code>{node.archived_by}</code>
            </>
          )}
          . New calls are rejected; the history stays and counts.
        </Notice>
      )}
    </>
  )
}

function Actions({
  node,
  onAdd,
  onChange,
}: {
  node: NodeDetail
  onAdd: () => void
  onChange: (change: StateChange) => void
}) {
  const frozen = node.frozen_by === node.path
  const archived = node.archived_at !== null
  return (
    <MenuTrigger>
      <Button kind="small">
        Actions
        <Icon name="down" size={13} />
      </Button>
      <Popover className="popover" placement="bottom end">
        <Menu
          className="menu"
          aria-label="Actions"
          onAction={(key) => (key === 'add' ? onAdd() : onChange(key as StateChange))}
        >
          <MenuItem id="add">
            <Icon name="plus" />
            Add a path below
          </MenuItem>
          <MenuItem id={frozen ? 'thaw' : 'freeze'}>
            <Icon name="snow" />
            {frozen ? 'Thaw' : 'Freeze…'}
          </MenuItem>
          <MenuItem id={archived ? 'restore' : 'archive'}>
            <Icon name="archive" />
            {archived ? 'Restore…' : 'Archive…'}
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}

interface FrameProps {
  path: string
  onClose: () => void
  actions?: ReactNode
  badges?: ReactNode
  head: ReactNode
  children?: ReactNode
}

function Frame({ path, onClose, actions, badges, head, children }: FrameProps) {
  return (
    <aside
      className="card inspector"
      aria-label={`Inspector of ${path}`}
      onKeyDown={(event) =>
        event.key === 'Escape' &&
        !event.defaultPrevented &&
        event.currentTarget.contains(event.target as Node) &&
        onClose()
      }
    >
      <div className="inspector-head">
        <div className="row">
          <div className="grow">
            <Crumbs path={path} />
          </div>
          {actions}
          <Button kind="quiet icon small" aria-label="Close the inspector" onPress={onClose}>
            <Icon name="close" />
          </Button>
        </div>
        <div className="row wrap">
          <h2>{path.slice(path.lastIndexOf('/') + 1)}</h2>
          {badges}
        </div>
        {head}
      </div>
      {children}
    </aside>
  )
}

/** Everything about one path, beside the tree; its address is ?path=…&tab=…. */
export function Inspector({ path, onClose }: { path: string; onClose: () => void }) {
  const canEdit = useCanEdit()
  const query = useQuery({ queryKey: ['node', path], queryFn: () => api.node(path), refetchInterval: LIVE_MS })
  const [tab, setTab] = useParam('tab', 'quotas')
  const [adding, setAdding] = useState(false)
  const [change, setChange] = useState<StateChange | null>(null)

  const node = query.data
  if (!node)
    return (
      <Frame
        path={path}
        onClose={onClose}
        head={
          query.isError ? (
            <Problem>{problemText(query.error)}</Problem>
          ) : (
            <div className="skeleton" aria-busy="true">
              loading
            </div>
          )
        }
      />
    )

  const tabs = [
    { id: 'quotas', name: 'Quotas', body: () => <QuotasTab node={node} /> },
    { id: 'reservations', name: 'Reservations', body: () => <ReservationsTab path={path} /> },
    { id: 'refusals', name: 'Refusals', body: () => <RefusalsTab path={path} /> },
    { id: 'alerts', name: 'Alerts', body: () => <AlertsTab node={node} /> },
    { id: 'notes', name: 'Notes', body: () => <NotesTab node={node} /> },
    { id: 'audit', name: 'Audit', body: () => <AuditTab path={path} /> },
  ]
  return (
    <>
      <Frame
        path={path}
        onClose={onClose}
        actions={canEdit && <Actions node={node} onAdd={() => setAdding(true)} onChange={setChange} />}
        badges={
          <>
            <Status level={node.status} pill />
            <span className="badge">{node.service ?? 'umbrella'}</span>
          </>
        }
        head={
          <>
            <State node={node} />
            <Figures node={node} />
          </>
        }
      >
        <Tabs
          label="About this path"
          tabs={tabs}
          selected={tabs.some(({ id }) => id === tab) ? tab : 'quotas'}
          onSelect={(id) => setTab(id, true)}
        />
      </Frame>
      {adding && <AddPathDialog parent={path} onClose={() => setAdding(false)} />}
      {change && <StateDialog node={node} change={change} onClose={() => setChange(null)} />}
    </>
  )
}
