import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { type Settings, api } from '../../api'
import { problemText } from '../../api/http'
import { date } from '../../format'
import { useIsOwner } from '../../session'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Check } from '../../ui/Choices'
import { SelectField, TextArea, TextField } from '../../ui/Field'
import { Notice, Problem } from '../../ui/Notice'
import { toast } from '../../ui/Toasts'
import { unknownPathOptions } from '../../words'

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** Only what was changed is sent. */
function changed(before: Settings, after: Settings): Partial<Settings> {
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => value !== before[name as keyof Settings]))
}

export function AccountForm({ settings }: { settings: Settings }) {
  const client = useQueryClient()
  const owner = useIsOwner()
  const [draft, setDraft] = useState(settings)
  const [problem, setProblem] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const set =
    <K extends keyof Settings>(name: K) =>
    (value: Settings[K]) =>
      setDraft((old) => ({ ...old, [name]: value }))
  const number = (name: 'billing_day' | 'week_start' | 'retention_days' | 'digest_hour') => (value: string) =>
    setDraft((old) => ({ ...old, [name]: Number(value) }))
  const changes = changed(settings, draft)
  const dirty = Object.keys(changes).length > 0

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setProblem(null)
    try {
      const saved = await api.changeSettings(changes)
      client.setQueryData(['settings'], saved)
      setDraft(saved)
      await client.invalidateQueries({ queryKey: ['me'] })
      toast('The settings were saved')
    } catch (error) {
      setProblem(problemText(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form className="stack wide" onSubmit={submit}>
      {!owner && <Notice icon="lock">Only an owner can change these.</Notice>}
      <fieldset className="plain stack wide" disabled={!owner}>
        <Card title="Account">
          <div className="fields">
            <TextField label="Account name" required maxLength={63} value={draft.name} onChange={set('name')} />
            <TextField
              label="Contact"
              maxLength={200}
              value={draft.contact_name ?? ''}
              onChange={set('contact_name')}
            />
            <TextField
              label="Contact e-mail"
              type="email"
              hint="Alerts and statements go here by default."
              value={draft.contact_email ?? ''}
              onChange={set('contact_email')}
            />
            <TextArea
              label="Billing address"
              rows={4}
              full
              value={draft.billing_address ?? ''}
              onChange={set('billing_address')}
            />
          </div>
        </Card>
        <Card title="Time and money">
          <div className="fields">
            <SelectField
              label="Time zone"
              hint="Days and months begin by it."
              value={draft.time_zone}
              onChange={set('time_zone')}
              options={
                draft.time_zones.includes(draft.time_zone) ? draft.time_zones : [draft.time_zone, ...draft.time_zones]
              }
            />
            <SelectField
              label="Billing day"
              hint="Months, quarters and years begin on it."
              value={String(draft.billing_day)}
              onChange={number('billing_day')}
              options={Array.from({ length: 28 }, (_, i) => String(i + 1))}
            />
            <SelectField
              label="Week begins on"
              value={String(draft.week_start)}
              onChange={number('week_start')}
              options={weekdays.map((label, i) => ({ value: String(i + 1), label }))}
            />
            <TextField
              label="USD per credit"
              inputMode="decimal"
              hint="What one credit is sold for; for display only."
              value={draft.usd_per_credit ?? ''}
              onChange={set('usd_per_credit')}
            />
          </div>
        </Card>
        <Card title="Mail">
          <div className="fields">
            <div className="field">
              <span className="label">Monthly statement</span>
              <Check isSelected={draft.mail_statements} isDisabled={!owner} onChange={set('mail_statements')}>
                Mail it to the contact when a month has ended
              </Check>
            </div>
            <SelectField
              label="Hour of digests"
              hint="For alerts that are told daily or weekly, in the account's time."
              value={String(draft.digest_hour)}
              onChange={number('digest_hour')}
              options={Array.from({ length: 24 }, (_, hour) => ({
                value: String(hour),
                label: `${String(hour).padStart(2, '0')}:00`,
              }))}
            />
          </div>
        </Card>
        <Card title="Recording">
          <div className="fields">
            <SelectField
              label="A call on an unknown path"
              value={draft.on_unknown_path}
              onChange={(value) => set('on_unknown_path')(value as Settings['on_unknown_path'])}
              options={unknownPathOptions}
            />
            <TextField
              label="Retention in days"
              type="number"
              min={35}
              max={36500}
              required
              hint={
                draft.sealed_until
                  ? `Events before ${date(draft.sealed_until)} are gone; their sums stay.`
                  : 'How long single events stay; sums stay for ever.'
              }
              value={String(draft.retention_days)}
              onChange={number('retention_days')}
            />
          </div>
        </Card>
      </fieldset>
      {problem && <Problem>{problem}</Problem>}
      {owner && (
        <div>
          <Button kind="primary" type="submit" isDisabled={!dirty || busy}>
            {busy ? 'Saving…' : 'Save changes'}
          </Button>
        </div>
      )}
    </form>
  )
}
