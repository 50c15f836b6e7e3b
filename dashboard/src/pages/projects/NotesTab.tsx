import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type NodeDetail, api } from '../../api'
import { dateTime } from '../../format'
import { navigate, withParams } from '../../router'
import { useCanEdit, useSession } from '../../session'
import { Button } from '../../ui/Button'
import { FormDialog } from '../../ui/Dialog'
import { SelectField, TextArea, TextField } from '../../ui/Field'
import { Icon } from '../../ui/Icon'
import { Markdown } from '../../ui/Markdown'
import { toast } from '../../ui/Toasts'
import { splitTags } from './AddPathDialog'
import { useRefresh } from './useChange'

function NotesDialog({ node, onClose }: { node: NodeDetail; onClose: () => void }) {
  const refresh = useRefresh()
  const services = useQuery({ queryKey: ['services'], queryFn: api.services, enabled: !node.service })
  const [notes, setNotes] = useState(node.notes ?? '')
  const [tags, setTags] = useState(node.tags.join(', '))
  const [service, setService] = useState('')
  const submit = async () => {
    await api.changeNode({ path: node.path, notes, tags: splitTags(tags), service: service || undefined })
    await refresh()
    toast('The notes were saved')
  }
  return (
    <FormDialog wide title={`Notes and tags of ${node.path}`} action="Save" onSubmit={submit} onClose={onClose}>
      <TextArea
        label="Notes"
        rows={9}
        autoFocus
        maxLength={60000}
        hint="Markdown: headings, lists, quotes, code, bold, italic, links."
        value={notes}
        onChange={setNotes}
      />
      <TextField label="Tags" hint="Separated by commas." value={tags} onChange={setTags} />
      {!node.service && (
        <SelectField
          label="Service"
          hint="An umbrella may be given a service once; it cannot be changed afterwards."
          value={service}
          onChange={setService}
          options={[
            { value: '', label: 'Stays an umbrella' },
            ...(services.data?.services ?? []).map((entry) => entry.service),
          ]}
        />
      )}
    </FormDialog>
  )
}

export function NotesTab({ node }: { node: NodeDetail }) {
  const canEdit = useCanEdit()
  const { account } = useSession()
  const [editing, setEditing] = useState(false)
  return (
    <div className="stack">
      <div className="row between">
        <h3>Notes</h3>
        {canEdit && (
          <Button kind="small" onPress={() => setEditing(true)}>
            <Icon name="edit" size={13} />
            Edit notes and tags
          </Button>
        )}
      </div>
      {node.notes ? (
        <Markdown source={node.notes} />
      ) : (
        <p className="muted">No notes. Say whom to ask, what runs here, and why the limits are what they are.</p>
      )}
      <h3>Tags</h3>
      {node.tags.length > 0 ? (
        <div className="tags">
          {node.tags.map((tag) => (
            <Button key={tag} kind="small" onPress={() => navigate(withParams({ q: tag, path: null, tab: null }))}>
              {tag}
            </Button>
          ))}
        </div>
      ) : (
        <p className="muted">None.</p>
      )}
      <dl className="keyvalues">
        <dt>Added</dt>
        <dd>{dateTime(node.created_at, account.time_zone)}</dd>
      </dl>
      {editing && <NotesDialog node={node} onClose={() => setEditing(false)} />}
    </div>
  )
}
