import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type ApiKey, api } from '../../api'
import { problemText } from '../../api/http'
import { dateTime, relative } from '../../format'
import { useCanEdit, useSession } from '../../session'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Snippet } from '../../ui/Copy'
import { Dialog, FormDialog } from '../../ui/Dialog'
import { TextField } from '../../ui/Field'
import { Icon } from '../../ui/Icon'
import { Notice, Problem } from '../../ui/Notice'
import { Table } from '../../ui/Table'
import { toast } from '../../ui/Toasts'

function useReload() {
  const client = useQueryClient()
  return () =>
    Promise.all([client.invalidateQueries({ queryKey: ['keys'] }), client.invalidateQueries({ queryKey: ['me'] })])
}

function CreateDialog({
  onClose,
  onCreated,
}: {
  onClose: () => void
  onCreated: (key: { name: string; key: string }) => void
}) {
  const reload = useReload()
  const [name, setName] = useState('')
  const submit = async () => {
    const created = await api.createKey(name.trim())
    await reload()
    onCreated(created)
  }
  return (
    <FormDialog
      title="Create an API key"
      action="Create key"
      onSubmit={submit}
      onClose={onClose}
      disabled={!name.trim()}
    >
      <TextField
        label="Name"
        autoFocus
        required
        maxLength={100}
        placeholder="production"
        hint="What uses it, so that you know later what to revoke."
        value={name}
        onChange={setName}
      />
    </FormDialog>
  )
}

function CreatedDialog({ created, onClose }: { created: { name: string; key: string }; onClose: () => void }) {
  return (
    <Dialog title={`The key “${created.name}”`} onClose={onClose} alert keep>
      <div className="content">
        <Notice kind="warning" icon="lock">
          This is the only time the key is shown. Only a hash of it is kept.
        </Notice>
        <Snippet label="API key" code={created.key} />
        <Snippet
          label="Environment"
          code={`export QUOTAKIT_API_KEY=${created.key}\nexport QUOTAKIT_BASE_URL=${location.origin}`}
        />
      </div>
      <footer>
        <Button kind="primary" onPress={onClose}>
          I have kept it
        </Button>
      </footer>
    </Dialog>
  )
}

function RevokeDialog({ entry, onClose }: { entry: ApiKey; onClose: () => void }) {
  const reload = useReload()
  const submit = async () => {
    await api.revokeKey(entry.id)
    await reload()
    toast(`${entry.name} was revoked`)
  }
  return (
    <FormDialog alert danger title={`Revoke “${entry.name}”?`} action="Revoke key" onSubmit={submit} onClose={onClose}>
      <p>
        Calls with this key are refused from now on. This cannot be undone.{' '}
        {entry.last_used ? `It was last used ${relative(entry.last_used)}.` : 'It was never used.'}
      </p>
    </FormDialog>
  )
}

export default function KeysPage() {
  const { account } = useSession()
  const canEdit = useCanEdit()
  const query = useQuery({ queryKey: ['keys'], queryFn: api.keys, refetchInterval: 30_000 })
  const [creating, setCreating] = useState(false)
  const [created, setCreated] = useState<{ name: string; key: string } | null>(null)
  const [revoking, setRevoking] = useState<ApiKey | null>(null)
  return (
    <div className="page narrow">
      <div className="page-head">
        <h1>API Keys</h1>
        {canEdit && (
          <Button kind="primary" onPress={() => setCreating(true)}>
            <Icon name="plus" />
            Create key
          </Button>
        )}
      </div>
      {query.isError && <Problem>{problemText(query.error)}</Problem>}
      <Card title="Keys" flush sql={query.data?.sql}>
        <Table<ApiKey>
          label="API keys"
          rows={query.data?.keys ?? []}
          rowKey={(entry) => entry.id}
          empty={
            query.data && (
              <>
                <h2>No keys yet</h2>
                <p>The SDK needs one to record calls.</p>
              </>
            )
          }
          columns={[
            { name: 'Name', cell: (entry) => <span className="strong wrap-anywhere">{entry.name}</span> },
            {
              name: 'State',
              cell: (entry) =>
                entry.revoked_at ? (
                  <span className="badge">revoked {dateTime(entry.revoked_at, account.time_zone)}</span>
                ) : (
                  <span className="badge accent">works</span>
                ),
            },
            { name: 'Last used', cell: (entry) => (entry.last_used ? relative(entry.last_used) : 'never') },
            {
              name: 'Created',
              cell: (entry) => (
                <>
                  <div>{dateTime(entry.created_at, account.time_zone)}</div>
                  <div className="muted small wrap-anywhere">{entry.created_by}</div>
                </>
              ),
            },
            {
              name: 'Actions',
              quiet: true,
              number: true,
              cell: (entry) =>
                canEdit &&
                !entry.revoked_at && (
                  <Button kind="danger small" aria-label={`Revoke ${entry.name}`} onPress={() => setRevoking(entry)}>
                    Revoke
                  </Button>
                ),
            },
          ]}
        />
      </Card>
      {creating && <CreateDialog onClose={() => setCreating(false)} onCreated={setCreated} />}
      {created && <CreatedDialog created={created} onClose={() => setCreated(null)} />}
      {revoking && <RevokeDialog entry={revoking} onClose={() => setRevoking(null)} />}
    </div>
  )
}
