import { useState } from 'react'
import { type Policy, api } from '../../api'
import { amountOf, localInput } from '../../format'
import { FormDialog } from '../../ui/Dialog'
import { TextField } from '../../ui/Field'
import { Notice } from '../../ui/Notice'
import { toast } from '../../ui/Toasts'
import { unitName } from '../../words'
import { useRefresh } from './useChange'

export function BoostDialog({ policy, onClose }: { policy: Policy; onClose: () => void }) {
  const refresh = useRefresh()
  const [amount, setAmount] = useState(policy.boost?.amount ?? '')
  const [until, setUntil] = useState(() =>
    localInput(policy.boost ? new Date(policy.boost.until) : new Date(Date.now() + 86_400_000)),
  )
  const valid = /^\d{1,12}(\.\d{1,9})?$/.test(amount) && until !== ''
  const submit = async () => {
    await api.boost({ policy_id: policy.id, amount, until: new Date(until).toISOString() })
    await refresh()
    toast(Number(amount) === 0 ? 'The boost has ended' : 'The boost is on')
  }
  return (
    <FormDialog
      title={`Boost the quota on ${policy.path}`}
      action={Number(amount) === 0 && amount ? 'End the boost' : 'Boost'}
      onSubmit={submit}
      onClose={onClose}
      disabled={!valid}
    >
      <p className="muted">
        Adds to the limit of {amountOf(policy.base_limit, policy.unit)} for a time. It ends by itself; nothing has to be
        set back.
      </p>
      <div className="fields">
        <TextField
          label={`Extra (${unitName[policy.unit]})`}
          autoFocus
          inputMode="decimal"
          required
          value={amount}
          onChange={setAmount}
          hint="0 ends a boost that is running."
        />
        <TextField
          label="Until"
          type="datetime-local"
          required
          value={until}
          onChange={setUntil}
          hint="In your browser's time."
        />
      </div>
      {valid && Number(amount) > 0 && (
        <Notice icon="rocket">
          The limit is {amountOf(String(Number(policy.base_limit) + Number(amount)), policy.unit)} until then.
        </Notice>
      )}
    </FormDialog>
  )
}
