import { useState } from 'react'
import { api } from '../../api'
import { Card } from '../../ui/Card'
import { TextField } from '../../ui/Field'
import { Icon } from '../../ui/Icon'

const DAY_MS = 86_400_000
const MAX_DAYS = 92

export function ExportTab() {
  const day = (offset: number) => new Date(Date.now() + offset * DAY_MS).toISOString().slice(0, 10)
  const [since, setSince] = useState(day(-30))
  const [until, setUntil] = useState(day(0))
  const days = (Date.parse(until) - Date.parse(since)) / DAY_MS
  const problem = !(days >= 0)
    ? 'The range ends before it begins.'
    : days >= MAX_DAYS
      ? `At most ${MAX_DAYS} days at once.`
      : null
  return (
    <div className="stack wide">
      <Card title="Configuration">
        <div className="stack">
          <p className="muted">Paths, quotas, alerts and prices of the account as JSON. No keys, no passwords.</p>
          <div>
            <a className="button" href={api.exportUrl({ what: 'config' })} download>
              <Icon name="download" />
              Download JSON
            </a>
          </div>
        </div>
      </Card>
      <Card title="Usage">
        <div className="stack">
          <p className="muted">
            By hour, path, service and model as CSV. Single events are in the view quotakit.ledger, for those who use
            psql.
          </p>
          <div className="fields">
            <TextField label="Since" type="date" value={since} onChange={setSince} />
            <TextField label="Until" type="date" value={until} onChange={setUntil} problem={problem} />
          </div>
          <div>
            {problem ? null : (
              <a className="button" href={api.exportUrl({ what: 'usage', since, until })} download>
                <Icon name="download" />
                Download CSV
              </a>
            )}
          </div>
        </div>
      </Card>
    </div>
  )
}
