import { useEffect, useMemo, useState } from 'react'
import { Card } from '../../ui/Card'
import { Snippet } from '../../ui/Copy'
import { Link } from '../../ui/Link'
import { Status } from '../../ui/Status'
import { pythonSnippet } from '../../snippet'
import { TreeGrid } from '../../tree/TreeGrid'
import { treeRows } from '../../tree/treeRows'
import { enforcementWords, statusLegend } from '../../words'
import { demoNodes, demoSparks } from './demo'
import './guide.css'

function DemoTree() {
  const [tick, setTick] = useState(0)
  const [collapsed, setCollapsed] = useState<Set<string>>(new Set())
  const [selected, setSelected] = useState('')
  useEffect(() => {
    const timer = setInterval(() => setTick((n) => n + 1), 2000)
    return () => clearInterval(timer)
  }, [])
  const rows = useMemo(
    () => treeRows(demoNodes(tick), collapsed, { text: '', status: '', archived: false }),
    [tick, collapsed],
  )
  const expand = (path: string, expanded: boolean) =>
    setCollapsed((old) => {
      const next = new Set(old)
      if (expanded) next.delete(path)
      else next.add(path)
      return next
    })
  return (
    <TreeGrid
      label="Paths of a demo account"
      rows={rows}
      sparks={demoSparks}
      selected={selected}
      onSelect={setSelected}
      onExpand={expand}
    />
  )
}

const keys: [string, string][] = [
  ['/', 'find a path'],
  ['↑ ↓', 'move through the tree'],
  ['→', 'open a path, or go to its first child'],
  ['←', 'close a path, or go to the one above'],
  ['Enter', 'open the inspector'],
  ['Esc', 'close the inspector'],
  ['Home End', 'first and last path'],
]

const words: [string, string][] = [
  [
    'Path',
    'What spends: a team, a product, a feature. Paths form a tree; each has one service, or none (an umbrella, which takes no calls itself).',
  ],
  [
    'Quota',
    'A limit in USD, credits, requests or tokens over a period, for any service, one service or one model. It counts its path and everything below. A path has up to ten.',
  ],
  [
    'Window',
    'The range of time a quota counts in. Calendar windows follow your time zone and billing day; rolling ones move with the clock. Nothing has to run for a window to reset.',
  ],
  ['Reservation', 'An amount held before a call under a strict quota, until it settles, is released or expires.'],
  ['Refusal', 'A call that was stopped, with the quota that stopped it and the arithmetic.'],
  ['Boost', 'More limit for a time, with an end.'],
  ['Freeze', 'Stops a path and all below it at once, until it is thawed.'],
]

export default function GuidePage() {
  return (
    <div className="page narrow guide">
      <div className="page-head">
        <h1>Guide</h1>
      </div>
      <Card title="The tree" flush>
        <div className="body stack">
          <p>
            Every path shows the quota that is nearest to its limit. The sign and its word say how near; the colour
            repeats it. A strict quota counts what is held as well; its bar shows that after what is used. This tree is
            a demo account: spend moves as it does on <Link href="/projects">Projects</Link>.
          </p>
          <ul className="tags">
            {statusLegend.map(({ status, name, meaning }) => (
              <li key={status}>
                <Status level={status} pill>
                  {name}
                </Status>{' '}
                <span className="small muted">{meaning}</span>
              </li>
            ))}
          </ul>
        </div>
        <DemoTree />
      </Card>
      <Card title="From a call to a number">
        <div className="stack">
          <p>
            Add a path and a quota, create a <Link href="/keys">key</Link>, and wrap the call. The SDK looks at its
            cached state before the call, and raises <code>QuotaExceeded</code> instead of letting it spend too much.
          </p>
          <Snippet label="Python" code={pythonSnippet('acme/search', 'openai', 'gpt-4o')} />
          <p className="muted">
            Under a strict quota it reserves first and settles on exit, so that any number of processes together cannot
            pass the limit.
          </p>
        </div>
      </Card>
      <Card title="Modes">
        <dl className="keyvalues">
          {Object.values(enforcementWords).map(({ name, meaning }) => (
            <div key={name} className="contents">
              <dt>{name}</dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </Card>
      <Card title="Words">
        <dl className="keyvalues">
          {words.map(([word, meaning]) => (
            <div key={word} className="contents">
              <dt>{word}</dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </Card>
      <Card title="Where things are">
        <dl className="keyvalues">
          <dt>
            <Link href="/projects">Projects</Link>
          </dt>
          <dd>
            The tree, and for each path its quotas, reservations, refusals, alerts, notes and audit trail. “Add quota”
            shows what a limit would have refused in the last 30 days before you save it.
          </dd>
          <dt>
            <Link href="/analytics">Analytics</Link>
          </dt>
          <dd>
            Spend, requests and tokens over time, by path, service, model or tag; compared with the period before; as
            CSV. The address holds all of it, so a view can be shared.
          </dd>
          <dt>
            <Link href="/services">Services</Link>
          </dt>
          <dd>
            Prices by provider and model, with their dates. A new price never alters what is recorded; a reprice appends
            the difference after a dry run.
          </dd>
          <dt>
            <Link href="/keys">API Keys</Link>
          </dt>
          <dd>A key is shown once. Revoking one takes effect at once.</dd>
          <dt>
            <Link href="/settings">Settings</Link>
          </dt>
          <dd>Time zone and billing day, statements, members, alert addresses, data export.</dd>
        </dl>
      </Card>
      <Card title="Keys">
        <dl className="keyvalues">
          {keys.map(([key, meaning]) => (
            <div key={key} className="contents">
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </Card>
      <Card title="The same numbers in psql">
        <div className="stack">
          <p>
            Every number here comes from a view or function that an analyst can query. “as SQL” on a card copies its
            query.
          </p>
          <Snippet
            label="SQL"
            code={`SELECT quotakit.tree('acme');\nSELECT path, status, used, limit_amount FROM quotakit.policy_status;\nSELECT * FROM quotakit.subtree_breakdown('acme', now() - interval '30 days', now(), 'model');`}
          />
        </div>
      </Card>
    </div>
  )
}
