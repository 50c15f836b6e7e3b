import { useState } from 'react'
import { type RepriceResult, type Service, type UnpricedModel, api } from '../../api'
import { count, usd } from '../../format'
import { Check } from '../../ui/Choices'
import { SqlButton } from '../../ui/Copy'
import { FormDialog } from '../../ui/Dialog'
import { SelectField, TextField } from '../../ui/Field'
import { Table } from '../../ui/Table'
import { toast } from '../../ui/Toasts'
import { useReloadPrices } from './usePrices'

const DAY_MS = 86_400_000

function Result({ result }: { result: RepriceResult }) {
  const { total } = result
  return (
    <>
      <div className="row between">
        <p>
          <strong>{count(total.changed)}</strong> of {count(total.events)} events change: {usd(total.old_usd)} becomes{' '}
          {usd(total.new_usd)} ({usd(total.difference_usd)}).
        </p>
        <SqlButton sql={result.sql} of="Reprice" />
      </div>
      <div className="models-table">
        <Table
          label="What repricing changes"
          rows={result.rows.filter((row) => row.changed > 0)}
          rowKey={(row) => `${row.path} ${row.service} ${row.model}`}
          empty="No event changes."
          columns={[
            { name: 'Path', cell: (row) => <span className="wrap-anywhere">{row.path}</span> },
            { name: 'Model', cell: (row) => row.model },
            { name: 'Events', number: true, cell: (row) => count(row.changed) },
            { name: 'Before', number: true, cell: (row) => usd(row.old_usd) },
            { name: 'After', number: true, cell: (row) => usd(row.new_usd) },
            { name: 'Difference', number: true, cell: (row) => usd(row.difference_usd) },
          ]}
        />
      </div>
    </>
  )
}

/** A dry run first; then adjustments are appended, and the ledger's events stay as they are. */
export function RepriceDialog({
  services,
  model,
  onClose,
}: {
  services: Service[]
  model?: UnpricedModel
  onClose: () => void
}) {
  const reload = useReloadPrices()
  const day = (offset: number) => new Date(Date.now() + offset * DAY_MS).toISOString().slice(0, 10)
  const [since, setSince] = useState(model ? model.first_seen.slice(0, 10) : day(-7))
  const [until, setUntil] = useState(day(0))
  const [service, setService] = useState(model?.service ?? '')
  const [result, setResult] = useState<RepriceResult | null>(null)
  const [sure, setSure] = useState(false)
  const change = (set: (value: string) => void) => (value: string) => {
    set(value)
    setResult(null)
    setSure(false)
  }
  const submit = async () => {
    const dry_run = result === null
    const answer = await api.reprice({ since, until, service: service || undefined, model: model?.model, dry_run })
    if (dry_run) {
      setResult(answer)
      return
    }
    await reload()
    toast(`${count(answer.total.changed)} events were adjusted`)
    onClose()
  }
  const applies = result !== null
  return (
    <FormDialog
      wide
      stay
      title="Reprice what was recorded"
      action={applies ? 'Append adjustments' : 'Dry run'}
      onSubmit={submit}
      onClose={onClose}
      disabled={!since || !until || (applies && (!sure || result.total.changed === 0))}
    >
      <p className="muted">
        Costs the events of a range again with the prices that hold for their time now. A dry run shows the difference;
        nothing is changed by it.
      </p>
      <div className="fields">
        <TextField label="Since" type="date" required value={since} onChange={change(setSince)} />
        <TextField label="Until" type="date" required value={until} onChange={change(setUntil)} />
        {model ? (
          <div className="field">
            <span className="label">Model</span>
            <p>
              {model.service} / {model.model || 'no model named'}
            </p>
          </div>
        ) : (
          <SelectField
            label="Service"
            value={service}
            onChange={change(setService)}
            options={[{ value: '', label: 'All services' }, ...services.map((entry) => entry.service)]}
          />
        )}
      </div>
      {result && <Result result={result} />}
      {result && result.total.changed > 0 && (
        <Check isSelected={sure} onChange={setSure}>
          Append the difference as adjustments; quotas and statements then count the new cost
        </Check>
      )}
    </FormDialog>
  )
}
