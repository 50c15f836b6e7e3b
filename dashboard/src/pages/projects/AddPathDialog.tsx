import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../api'
import { navigate, withParams } from '../../router'
import { FormDialog } from '../../ui/Dialog'
import { SelectField, TextField } from '../../ui/Field'
import { toast } from '../../ui/Toasts'
import { useRefresh } from './useChange'

export function splitTags(text: string): string[] {
  return [
    ...new Set(
      text
        .split(',')
        .map((tag) => tag.trim())
        .filter(Boolean),
    ),
  ]
}

export function AddPathDialog({ parent, onClose }: { parent: string; onClose: () => void }) {
  const refresh = useRefresh()
  const services = useQuery({ queryKey: ['services'], queryFn: api.services })
  const [path, setPath] = useState(parent ? `${parent}/` : '')
  const [service, setService] = useState('')
  const [tags, setTags] = useState('')
  const submit = async () => {
    const node = await api.createNode({ path: path.trim(), service: service || undefined, tags: splitTags(tags) })
    await refresh()
    toast(`${node.path} was added`)
    navigate(withParams({ path: node.path, tab: null }, '/projects'))
  }
  return (
    <FormDialog
      title="Add a path"
      action="Add path"
      onSubmit={submit}
      onClose={onClose}
      disabled={!path.trim() || path.trim().endsWith('/')}
    >
      <TextField
        label="Path"
        autoFocus
        required
        placeholder="acme/search/query-rewrite"
        hint="Labels separated by slashes. A path never moves and is never deleted, only archived."
        value={path}
        onChange={setPath}
      />
      <SelectField
        label="Service"
        hint="Chosen once: the service of a path cannot be changed afterwards. An umbrella takes no calls itself, and may be given a service later, once."
        value={service}
        onChange={setService}
        options={[
          { value: '', label: 'None (umbrella)' },
          ...(services.data?.services ?? []).map((entry) => ({
            value: entry.service,
            label: entry.title && entry.title !== entry.service ? `${entry.service} – ${entry.title}` : entry.service,
          })),
        ]}
      />
      <TextField label="Tags" hint="Separated by commas; to filter by." value={tags} onChange={setTags} />
    </FormDialog>
  )
}
