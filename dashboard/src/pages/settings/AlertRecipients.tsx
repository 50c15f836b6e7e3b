import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type Recipient, api } from '../../api'
import { isNotFound, problemText } from '../../api/http'
import { useCanEdit } from '../../session'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Choices } from '../../ui/Choices'
import { Snippet } from '../../ui/Copy'
import { Dialog, FormDialog } from '../../ui/Dialog'
import { TextField } from '../../ui/Field'
import { Icon } from '../../ui/Icon'
import { Notice, Problem } from '../../ui/Notice'
import { Table } from '../../ui/Table'
import { toast } from '../../ui/Toasts'
import type { Channel } from '../../vocabulary'
import { channelOptions } from '../../words'

function AddDialog({ onClose, onAdded }: { onClose: () => void; onAdded: (recipient: Recipient) => void }) {
  const client = useQueryClient()
  const [channel, setChannel] = useState<Channel>('email')
  const [name, setName] = useState('')
  const [url, setUrl] = useState('')
  const mail = channel === 'email'
  const submit = async () => {
    const recipient = await api.createRecipient({ channel, name: name.trim(), url: mail ? undefined : url.trim() })
    await client.invalidateQueries({ queryKey: ['recipients'] })
    onAdded(recipient)
  }
  return (
    <FormDialog
      title="Add a recipient"
      action="Add"
      onSubmit={submit}
      onClose={onClose}
      disabled={!name.trim() || (!mail && !url.trim())}
    >
      <Choices label="Channel" value={channel} onChange={setChannel} options={channelOptions} />
      <TextField
        label={mail ? 'E-mail address' : 'Name'}
        type={mail ? 'email' : 'text'}
        required
        value={name}
        onChange={setName}
      />
      {!mail && <TextField label="URL" type="url" required placeholder="https://" value={url} onChange={setUrl} />}
    </FormDialog>
  )
}

function state(recipient: Recipient): string {
  if (recipient.disabled_at) return `switched off${recipient.disabled_reason ? `: ${recipient.disabled_reason}` : ''}`
  return recipient.confirmed_at ? 'confirmed' : 'waits for confirmation'
}

export function AlertRecipients() {
  const canEdit = useCanEdit()
  const client = useQueryClient()
  const query = useQuery({ queryKey: ['recipients'], queryFn: api.recipients })
  const [adding, setAdding] = useState(false)
  const [added, setAdded] = useState<Recipient | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const remove = async (recipient: Recipient) => {
    setProblem(null)
    try {
      await api.removeRecipient(recipient.id)
      toast(`${recipient.name} gets no more alerts`)
    } catch (error) {
      setProblem(problemText(error))
    }
    await client.invalidateQueries({ queryKey: ['recipients'] })
  }
  if (isNotFound(query.error)) return <p className="muted">This server does not send alerts.</p>
  return (
    <div className="stack wide">
      {query.isError && <Problem>{problemText(query.error)}</Problem>}
      {problem && <Problem>{problem}</Problem>}
      <p className="muted">Alerts without recipients of their own go to the contact e-mail of the account.</p>
      <Card
        title="Recipients"
        flush
        sql={query.data?.sql}
        actions={
          canEdit && (
            <Button kind="small" onPress={() => setAdding(true)}>
              <Icon name="plus" size={14} />
              Add
            </Button>
          )
        }
      >
        <Table<Recipient>
          label="Recipients"
          rows={query.data?.recipients ?? []}
          rowKey={(recipient) => recipient.id}
          empty={query.data && 'No recipients besides the account.'}
          columns={[
            { name: 'Recipient', cell: (recipient) => <span className="strong wrap-anywhere">{recipient.name}</span> },
            { name: 'Channel', cell: (recipient) => recipient.channel },
            { name: 'State', cell: state },
            {
              name: 'Actions',
              quiet: true,
              number: true,
              cell: (recipient) =>
                canEdit && (
                  <Button
                    kind="danger small"
                    aria-label={`Remove ${recipient.name}`}
                    onPress={() => void remove(recipient)}
                  >
                    Remove
                  </Button>
                ),
            },
          ]}
        />
      </Card>
      {adding && (
        <AddDialog
          onClose={() => setAdding(false)}
          onAdded={(recipient) => (recipient.secret ? setAdded(recipient) : toast('The recipient was added'))}
        />
      )}
      {added?.secret && (
        <Dialog title={`The secret of ${added.name}`} onClose={() => setAdded(null)} alert keep>
          <div className="content">
            <Notice kind="warning" icon="lock">
              Shown this once. The receiver checks signatures with it.
            </Notice>
            <Snippet label="Webhook secret" code={added.secret} />
          </div>
          <footer>
            <Button kind="primary" onPress={() => setAdded(null)}>
              I have kept it
            </Button>
          </footer>
        </Dialog>
      )}
    </div>
  )
}
