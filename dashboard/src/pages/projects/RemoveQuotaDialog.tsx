import { type Policy, api } from '../../api'
import { amountOf, periodName } from '../../format'
import { FormDialog } from '../../ui/Dialog'
import { toast } from '../../ui/Toasts'
import { useRefresh } from './useChange'

export function RemoveQuotaDialog({ policy, onClose }: { policy: Policy; onClose: () => void }) {
  const refresh = useRefresh()
  const submit = async () => {
    await api.removePolicy(policy.id)
    await refresh()
    toast('The quota was removed')
  }
  return (
    <FormDialog alert danger title="Remove this quota?" action="Remove quota" onSubmit={submit} onClose={onClose}>
      <p>
        The limit of {amountOf(policy.limit, policy.unit)} {periodName(policy.period, policy.rolling)} on{' '}
        <code>{policy.path}</code> stops holding at once. What was recorded stays. The same quota added again counts its
        whole window from the start.
      </p>
    </FormDialog>
  )
}
