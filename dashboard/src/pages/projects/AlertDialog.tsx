import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Alert, type AlertKind, type Policy, api } from '../../api'
import { useSession } from '../../session'
import { Check, Choices } from '../../ui/Choices'
import { FormDialog } from '../../ui/Dialog'
import { SelectField, TextField } from '../../ui/Field'
import { toast } from '../../ui/Toasts'
import { policyName } from './AlertsTab'
import { useRefresh } from './useChange'

const kinds: { value: AlertKind; label: string; hint: string }[] = [
  { value: 'percent', label: 'Share of the limit', hint: 'When so many percent are used.' },
  { value: 'amount', label: 'Amount', hint: 'When so much is used, whatever the limit.' },
  { value: 'forecast', label: 'Forecast', hint: 'When at the present pace it will trip before the window ends.' },
  { value: 'refusal', label: 'Refusal', hint: 'When the first call of a window is refused.' },
]

export function AlertDialog({ policies, alert, onClose }: { policies: Policy[]; alert: Alert | null; onClose: () => void }) {
  const refresh = useRefresh()
  const { member } = useSession()
  const recipients = useQuery({ queryKey: ['recipients'], queryFn: api.recipients })
  const [policyId, setPolicyId] = useState(alert?.policy_id ?? policies[0].id)
  const [kind, setKind] = useState<AlertKind>(alert?.kind ?? 'percent')
  const [threshold, setThreshold] = useState(alert ? String(alert.threshold ?? '') : '80')
  const [chosen, setChosen] = useState<Set<number>>(new Set(alert?.recipients.map((recipient) => recipient.id)))
  const [address, setAddress] = useState(alert ? '' : member.email)
  const needsThreshold = kind === 'percent' || kind === 'amount'
  const valid = !needsThreshold || /^\d{1,12}(\.\d{1,9})?$/.test(threshold)

  const submit = async () => {
    const list = [...chosen, ...(address.trim() ? [address.trim()] : [])]
    const body = { threshold: needsThreshold ? threshold : undefined, recipients: list }
    if (alert) await api.changeAlert(alert.id, body)
    else await api.createAlert({ policy_id: policyId, kind, ...body })
    await refresh()
    toast(alert ? 'The alert was changed' : 'The alert is set')
  }
  const toggle = (id: number, on: boolean) =>
    setChosen((old) => {
      const next = new Set(old)
      if (on) next.add(id)
      else next.delete(id)
      return next
    })
  return (
    <FormDialog title={alert ? 'Edit alert' : 'Add alert'} action={alert ? 'Save' : 'Add alert'} onSubmit={submit} onClose={onClose} disabled={!valid}>
      {!alert && policies.length > 1 && <SelectField label="Quota" value={String(policyId)} onChange={(id) => setPolicyId(Number(id))} options={policies.map((policy) => ({ value: String(policy.id), label: policyName(policy) }))} />}
      {!alert && <Choices label="When" value={kind} onChange={setKind} options={kinds} />}
      {needsThreshold && <TextField label={kind === 'percent' ? 'Percent of the limit' : 'Amount'} inputMode="decimal" required value={threshold} onChange={setThreshold} />}
      <div className="field" role="group" aria-label="Recipients">
        <span className="label">Recipients</span>
        {(recipients.data?.recipients ?? []).map((recipient) => (
          <Check key={recipient.id} isSelected={chosen.has(recipient.id)} onChange={(on) => toggle(recipient.id, on)}>
            {recipient.name} <span className="muted">({recipient.channel}{recipient.disabled_at ? ', switched off' : recipient.confirmed_at ? '' : ', not confirmed yet'})</span>
          </Check>
        ))}
      </div>
      <TextField label="E-mail address" type="email" hint="An address from outside gets nothing but a confirmation mail until it is confirmed." value={address} onChange={setAddress} />
    </FormDialog>
  )
}
