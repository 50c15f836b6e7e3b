import type { Policy } from '../../api'
import { amount, amountOf, dateTime, percent, periodName, relative, scopeName } from '../../format'
import { withParams } from '../../router'
import { useSession } from '../../session'
import { Bar } from '../../ui/Bar'
import { Button } from '../../ui/Button'
import { Icon } from '../../ui/Icon'
import { Link } from '../../ui/Link'
import { Status } from '../../ui/Status'
import { enforcementWords, unitName } from '../../words'

interface Props {
  policy: Policy
  from?: string
  actions?: { onEdit: () => void; onBoost: () => void; onRemove: () => void }
}

/** How much of the window has gone, in percent: where an even pace would stand. */
function paceMark(policy: Policy): number | null {
  if (policy.rolling || !policy.window_start || !policy.resets_at) return null
  const start = new Date(policy.window_start).getTime()
  const end = new Date(policy.resets_at).getTime()
  return end > start ? (100 * (Date.now() - start)) / (end - start) : null
}

export function PolicyCard({ policy, from, actions }: Props) {
  const { account } = useSession()
  const { unit, limit, used, held, free, percent_held } = policy
  const title = `${unitName[unit]} ${periodName(policy.period, policy.rolling)}`
  return (
    <section
      className="policy"
      aria-label={`Quota${from ? ` of ${from}` : ''}: ${title}, ${scopeName(policy.service, policy.model)}`}
      data-policy={policy.id}
    >
      <div className="row">
        <h3>{title}</h3>
        <span className="badge accent">{enforcementWords[policy.enforcement].name}</span>
        <Status level={policy.status} pill />
      </div>
      <div className="amounts">
        <span>
          <span className="big">{amount(used, unit)}</span> <span className="muted">of {amountOf(limit, unit)}</span>
        </span>
        <span>
          <span className="strong">{percent(policy.percent, 1)}</span>
          {percent_held > 0 && <span className="muted"> + {percent(percent_held, 1)} held</span>}
        </span>
      </div>
      <Bar thick used={policy.percent} held={percent_held} pace={paceMark(policy)} level={policy.status} />
      <dl className="keyvalues">
        {from && (
          <>
            <dt>Path</dt>
            <dd>
              <Link href={withParams({ path: from })}>{from}</Link>
            </dd>
          </>
        )}
        <dt>Counts</dt>
        <dd>{scopeName(policy.service, policy.model)}</dd>
        <dt>Free</dt>
        <dd>
          {amountOf(free, unit)}
          {Number(held) > 0 && <> · {amountOf(held, unit)} held</>}
        </dd>
        <dt>Window</dt>
        <dd>
          {policy.period === 'lifetime' ? (
            'never resets'
          ) : policy.rolling ? (
            <>rolling{policy.resets_at && <>, first frees {relative(policy.resets_at)}</>}</>
          ) : (
            <>
              resets {relative(policy.resets_at)} ({dateTime(policy.resets_at, account.time_zone)})
            </>
          )}
        </dd>
        {policy.pace_per_hour && Number(policy.pace_per_hour) > 0 && (
          <>
            <dt>Pace</dt>
            <dd>
              {amountOf(policy.pace_per_hour, unit)} an hour
              {policy.projected && !policy.rolling && policy.period !== 'lifetime' && (
                <>
                  {' '}
                  → {amountOf(policy.projected, unit)} by the reset
                  {policy.projected_percent != null && <> ({percent(policy.projected_percent)})</>}
                </>
              )}
            </dd>
          </>
        )}
        {policy.trips_at && policy.status !== 'over' && (
          <>
            <dt>Trips</dt>
            <dd className="strong">
              {relative(policy.trips_at)} ({dateTime(policy.trips_at, account.time_zone)})
            </dd>
          </>
        )}
        {policy.boost && (
          <>
            <dt>Boost</dt>
            <dd>
              +{amountOf(policy.boost.amount, unit)} until {dateTime(policy.boost.until, account.time_zone)}
            </dd>
          </>
        )}
      </dl>
      {actions && (
        <div className="actions">
          <Button kind="quiet small" aria-label={`Edit quota: ${title}`} onPress={actions.onEdit}>
            <Icon name="edit" size={13} />
            Edit
          </Button>
          <Button kind="quiet small" aria-label={`Boost quota: ${title}`} onPress={actions.onBoost}>
            <Icon name="rocket" size={13} />
            Boost
          </Button>
          <Button kind="quiet small" aria-label={`Remove quota: ${title}`} onPress={actions.onRemove}>
            <Icon name="close" size={13} />
            Remove
          </Button>
        </div>
      )}
    </section>
  )
}
