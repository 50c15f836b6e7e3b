import { memo } from 'react'
import type { Headline, Sparks } from '../api'
import { amount, amountShort, limitOf, periodName, usd } from '../format'
import { Bar } from '../ui/Bar'
import { Icon } from '../ui/Icon'
import { Sparkline } from '../ui/Sparkline'
import { Status } from '../ui/Status'
import { statusOf } from '../words'
import type { Row } from './treeRows'

/** In pixels; tree.css has it too. */
export const ROW_HEIGHT = 46

interface Props {
  row: Row
  index: number
  spark?: Sparks['paths'][string]
  isActive: boolean
  isSelected: boolean
  onPress: () => void
  onToggle: () => void
}

function Quota({ headline, row }: { headline: Headline; row: Row }) {
  const { used, limit, unit, held, percent, percent_held, period, rolling } = headline
  const short = (value: string) => (unit !== 'usd' && Number(value) >= 1e5 ? amountShort : amount)(value, unit)
  // What is held is said where it makes the status; the bar shows it always.
  const byHolds = statusOf(percent) !== row.node.status
  return (
    <>
      <span className="quota-text">
        <span className="truncate">
          <span className="strong">{short(used)}</span>
          {byHolds && <span> + {short(held)} held</span>} <span className="muted">of {limitOf(limit, unit)}</span>
        </span>
        <span className="muted quota-period">{periodName(period, rolling)}</span>
      </span>
      <Bar used={percent} held={percent_held} level={row.node.status} />
    </>
  )
}

function Row_({ row, index, spark, isActive, isSelected, onPress, onToggle }: Props) {
  const { node } = row
  return (
    <div
      className={`tree-row${row.context ? ' context' : ''}${node.archived ? ' archived' : ''}`}
      role="row"
      aria-level={row.level}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-rowindex={index + 2}
      aria-expanded={row.hasChildren ? row.expanded : undefined}
      aria-selected={isSelected}
      tabIndex={isActive ? 0 : -1}
      style={{ transform: `translateY(${index * ROW_HEIGHT}px)` }}
      data-path={node.path}
      onClick={onPress}
    >
      <span role="rowheader" className="c-name" style={{ paddingLeft: Math.min(row.level - 1, 12) * 18 }}>
        <span
          className="twist"
          data-expanded={row.expanded || undefined}
          onClick={(event) => {
            if (!row.hasChildren) return
            event.stopPropagation()
            onToggle()
          }}
        >
          {row.hasChildren && <Icon name="chevron" size={14} />}
        </span>
        <span className="truncate name" title={node.path}>
          {row.label}
        </span>
        {node.service ? (
          <span className="badge service">{node.service}</span>
        ) : (
          <span className="badge umbrella">umbrella</span>
        )}
        {node.frozen && (
          <span className="status over">
            <Icon name="snow" size={13} />
            frozen
          </span>
        )}
        {node.archived && (
          <span className="status none">
            <Icon name="archive" size={13} />
            archived
          </span>
        )}
      </span>
      <span role="gridcell" className="c-status">
        <Status level={node.status} />
      </span>
      <span role="gridcell" className="c-quota">
        {node.headline ? <Quota headline={node.headline} row={row} /> : <span className="muted small">–</span>}
      </span>
      <span role="gridcell" className="c-today number">
        {usd(node.today_usd)}
      </span>
      <span role="gridcell" className="c-month number">
        {usd(spark?.month_usd)}
      </span>
      <span role="gridcell" className="c-spark">
        {spark && <Sparkline values={spark.usd.map(Number)} />}
      </span>
    </div>
  )
}

export const TreeRow = memo(
  Row_,
  (a, b) =>
    a.row.node === b.row.node &&
    a.index === b.index &&
    a.spark === b.spark &&
    a.isActive === b.isActive &&
    a.isSelected === b.isSelected &&
    a.row.expanded === b.row.expanded &&
    a.row.hasChildren === b.row.hasChildren &&
    a.row.context === b.row.context &&
    a.row.siblings === b.row.siblings &&
    a.row.position === b.row.position,
)
