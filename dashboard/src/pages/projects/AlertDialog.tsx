import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Alert, type Policy, api } from '../../api'
import { Check, Choices } from '../../ui/Choices'
import { FormDialog } from '../../ui/Dialog'
import { SelectField, TextField } from '../../ui/Field'
import { toast } from '../../ui/Toasts'
import { type AlertKind, type Delivery, alertKindThreshold } from '../../vocabulary'
import { alertKindOptions, deliveryOptions } from '../../words'
import { CONTACT, policyName, recipientName } from './alertWords'
import { useRefresh } from './useChange'

function Recipients({ chosen, onChange }: { chosen: Set<string>; onChange: (chosen: Set<string>) => void }) {
  const query = useQuery({ queryKey: ['recipients'], queryFn: api.recipients })
  const notes = new Map(
    (query.data?.recipients ?? []).map((entry) => [
      entry.name,
      entry.disabled_at ? 'switched off' : entry.confirmed_at ? entry.channel : 'not confirmed yet',
    ]),
  )
  const toggle = (name: string, on: boolean) => {
    const next = new Set(chosen)
    if (on) next.add(name)
    else next.delete(name)
    onChange(next)
  }
  return (
    <div className="field" role="group" aria-label="Recipients">
      <span className="label">Recipients</span>
      {[...new Set([CONTACT, ...notes.keys(), ...chosen])].map((name) => (
        <Check key={name} isSelected={chosen.has(name)} onChange={(on) => toggle(name, on)}>
          {recipientName(name)} {notes.has(name) && <span className="muted">({notes.get(name)})</span>}
        </Check>
      ))}
    </div>
  )
}

/** A new alert, or other recipients for an existing one; another threshold is another alert. */
export function AlertDialog({
  policies,
  alert,
  onClose,
}: {
  policies: Policy[]
  alert: Alert | null
  onClose: () => void
}) {
  const refresh = useRefresh()
  const [policyId, setPolicyId] = useState(alert?.policy_id ?? policies[0].id)
  const [kind, setKind] = useState<AlertKind>(alert?.kind ?? 'percent')
  const [threshold, setThreshold] = useState('80')
  const [delivery, setDelivery] = useState<Delivery>(alert?.delivery ?? 'each')
  const [chosen, setChosen] = useState(new Set(alert?.recipients ?? [CONTACT]))
  const [address, setAddress] = useState('')
  const [muted, setMuted] = useState('')
  const needsThreshold = !alert && alertKindThreshold[kind]
  const recipients = [...chosen, ...(address.trim() ? [address.trim()] : [])]
  const valid = recipients.length > 0 && (!needsThreshold || /^\d{1,12}(\.\d{1,9})?$/.test(threshold))

  const submit = async () => {
    if (alert)
      await api.changeAlert(alert.id, {
        recipients,
        delivery,
        ...(muted ? { muted_until: new Date(muted).toISOString() } : {}),
      })
    else
      await api.createAlert({
        policy_id: policyId,
        kind,
        threshold: needsThreshold ? threshold : undefined,
        recipients,
        delivery,
      })
    await refresh()
    toast(alert ? 'The alert was changed' : 'The alert is set')
  }
  return (
    <FormDialog
      title={alert ? 'Edit alert' : 'Add alert'}
      action={alert ? 'Save' : 'Add alert'}
      onSubmit={submit}
      onClose={onClose}
      disabled={!valid}
    >
      {!alert && policies.length > 1 && (
        <SelectField
          label="Quota"
          value={String(policyId)}
          onChange={(id) => setPolicyId(Number(id))}
          options={policies.map((policy) => ({ value: String(policy.id), label: policyName(policy) }))}
        />
      )}
      {!alert && <Choices label="When" value={kind} onChange={setKind} options={alertKindOptions} />}
      {needsThreshold && (
        <TextField
          label={kind === 'percent' ? 'Percent of the limit' : 'Amount'}
          inputMode="decimal"
          required
          value={threshold}
          onChange={setThreshold}
        />
      )}
      <Recipients chosen={chosen} onChange={setChosen} />
      <TextField
        label="Another e-mail address"
        type="email"
        hint="It gets nothing but a confirmation mail until it is confirmed."
        value={address}
        onChange={setAddress}
      />
      <div className="fields">
        <SelectField
          label="Delivery"
          value={delivery}
          onChange={(value) => setDelivery(value as Delivery)}
          options={deliveryOptions}
        />
        {alert && (
          <TextField
            label="Mute until"
            type="datetime-local"
            hint="In your browser's time."
            value={muted}
            onChange={setMuted}
          />
        )}
      </div>
    </FormDialog>
  )
}
