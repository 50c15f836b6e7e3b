import { useState } from 'react'
import { api } from '../../api'
import { FormDialog } from '../../ui/Dialog'
import { TextField } from '../../ui/Field'
import { toast } from '../../ui/Toasts'
import { useReloadPrices } from './usePrices'

export function AddServiceDialog({ onClose, onAdded }: { onClose: () => void; onAdded: (service: string) => void }) {
  const reload = useReloadPrices()
  const [service, setService] = useState('')
  const [title, setTitle] = useState('')
  const submit = async () => {
    await api.createService({ service: service.trim(), title: title.trim() || undefined })
    await reload()
    toast(`${service} was added`)
    onAdded(service.trim())
  }
  return (
    <FormDialog
      title="Add a service"
      action="Add service"
      onSubmit={submit}
      onClose={onClose}
      disabled={!service.trim()}
    >
      <p className="muted">
        Whatever you pay for by use: another provider, or a service of your own that others are charged for.
      </p>
      <TextField
        label="Service"
        autoFocus
        required
        maxLength={100}
        placeholder="in-house-llm"
        hint="As the SDK names it."
        value={service}
        onChange={setService}
      />
      <TextField label="Title" maxLength={200} placeholder="In-house models" value={title} onChange={setTitle} />
    </FormDialog>
  )
}
