import { useState } from 'react'
import { type NodeDetail, api } from '../../api'
import { FormDialog } from '../../ui/Dialog'
import { TextField } from '../../ui/Field'
import { toast } from '../../ui/Toasts'
import { useRefresh } from './useChange'

export type StateChange = 'freeze' | 'thaw' | 'archive' | 'restore'

const words: Record<StateChange, { title: string; action: string; meaning: string; done: string; danger?: boolean }> = {
  freeze: {
    title: 'Freeze',
    action: 'Freeze',
    danger: true,
    meaning:
      'Every call on this path and below it is refused from now on, until it is thawed. What is already reserved can still settle.',
    done: 'is frozen',
  },
  thaw: {
    title: 'Thaw',
    action: 'Thaw',
    meaning: 'Calls are decided by the quotas again, at once.',
    done: 'is thawed',
  },
  archive: {
    title: 'Archive',
    action: 'Archive',
    danger: true,
    meaning:
      'This path and everything below it takes no new calls. Open reservations settle; the history stays, is found in Analytics and still counts on the quotas above. It can be restored at any time.',
    done: 'is archived',
  },
  restore: {
    title: 'Restore',
    action: 'Restore',
    meaning:
      'This path and everything below it takes calls again, with the quotas it had. What was archived below it on its own stays archived.',
    done: 'is restored',
  },
}

export function StateDialog({ node, change, onClose }: { node: NodeDetail; change: StateChange; onClose: () => void }) {
  const refresh = useRefresh()
  const [reason, setReason] = useState('')
  const { title, action, meaning, done, danger } = words[change]
  const submit = async () => {
    if (change === 'freeze') await api.freeze(node.path, reason.trim())
    else await api[change](node.path)
    await refresh()
    toast(`${node.path} ${done}`)
  }
  return (
    <FormDialog
      alert
      danger={danger}
      title={`${title} ${node.path}?`}
      action={action}
      onSubmit={submit}
      onClose={onClose}
      disabled={change === 'freeze' && !reason.trim()}
    >
      <p>
        {meaning}
        {node.children > 0 &&
          ` There ${node.children === 1 ? 'is one path' : `are ${node.children} paths`} directly below.`}
      </p>
      {change === 'freeze' && (
        <TextField
          label="Reason"
          autoFocus
          required
          maxLength={300}
          hint="Shown to whoever meets the refusal."
          value={reason}
          onChange={setReason}
        />
      )}
    </FormDialog>
  )
}
