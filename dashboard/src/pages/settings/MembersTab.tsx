import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type Invitation, type Member, api } from '../../api'
import { problemText } from '../../api/http'
import { date, relative } from '../../format'
import { useIsOwner, useSession } from '../../session'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Choices } from '../../ui/Choices'
import { Snippet } from '../../ui/Copy'
import { Dialog, FormDialog } from '../../ui/Dialog'
import { Filter, TextField } from '../../ui/Field'
import { Icon } from '../../ui/Icon'
import { Notice, Problem } from '../../ui/Notice'
import { Table } from '../../ui/Table'
import { toast } from '../../ui/Toasts'
import type { Role } from '../../vocabulary'
import { roleOptions } from '../../words'

function useReload() {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: ['members'] })
}

function InviteDialog({ onClose, onInvited }: { onClose: () => void; onInvited: (token: string) => void }) {
  const reload = useReload()
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const submit = async () => {
    const { token } = await api.invite({ email: email.trim(), role })
    await reload()
    onInvited(token)
  }
  return (
    <FormDialog
      title="Invite a member"
      action="Invite"
      onSubmit={submit}
      onClose={onClose}
      disabled={!email.includes('@')}
    >
      <TextField label="E-mail" type="email" autoFocus required value={email} onChange={setEmail} />
      <Choices label="Role" value={role} onChange={setRole} options={roleOptions} />
    </FormDialog>
  )
}

function InvitedDialog({ token, onClose }: { token: string; onClose: () => void }) {
  return (
    <Dialog title="The invitation" onClose={onClose} keep>
      <div className="content">
        <Notice icon="clock">Send this link to the new member. It is shown once and is good for seven days.</Notice>
        <Snippet label="Invitation link" code={`${location.origin}/join?token=${encodeURIComponent(token)}`} />
      </div>
      <footer>
        <Button kind="primary" onPress={onClose}>
          Done
        </Button>
      </footer>
    </Dialog>
  )
}

export function MembersTab() {
  const { member: me } = useSession()
  const owner = useIsOwner()
  const reload = useReload()
  const query = useQuery({ queryKey: ['members'], queryFn: api.members })
  const [inviting, setInviting] = useState(false)
  const [token, setToken] = useState<string | null>(null)
  const [removing, setRemoving] = useState<Member | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const act = async (action: Promise<unknown>, done: string) => {
    setProblem(null)
    try {
      await action
      toast(done)
    } catch (error) {
      setProblem(problemText(error))
    }
    await reload()
  }
  const invitations = query.data?.invitations ?? []
  return (
    <div className="stack wide">
      {query.isError && <Problem>{problemText(query.error)}</Problem>}
      {problem && <Problem>{problem}</Problem>}
      <Card
        title="Members"
        flush
        actions={
          owner && (
            <Button kind="small" onPress={() => setInviting(true)}>
              <Icon name="plus" size={14} />
              Invite
            </Button>
          )
        }
      >
        <Table<Member>
          label="Members"
          rows={query.data?.members ?? []}
          rowKey={(member) => member.id}
          columns={[
            {
              name: 'Member',
              cell: (member) => (
                <>
                  <div className="strong wrap-anywhere">{member.name || member.email}</div>
                  {member.name && <div className="small muted wrap-anywhere">{member.email}</div>}
                </>
              ),
            },
            {
              name: 'Role',
              cell: (member) =>
                owner ? (
                  <Filter
                    label={`Role of ${member.email}`}
                    value={member.role}
                    options={roleOptions}
                    onChange={(role) => void act(api.changeMember(member.id, role as Role), 'The role was changed')}
                  />
                ) : (
                  member.role
                ),
            },
            { name: 'Last seen', cell: (member) => (member.last_seen ? relative(member.last_seen) : 'never') },
            {
              name: 'Actions',
              quiet: true,
              number: true,
              cell: (member) =>
                (owner || member.id === me.id) && (
                  <Button kind="danger small" aria-label={`Remove ${member.email}`} onPress={() => setRemoving(member)}>
                    Remove
                  </Button>
                ),
            },
          ]}
        />
      </Card>
      {invitations.length > 0 && (
        <Card title="Open invitations" flush>
          <Table<Invitation>
            label="Invitations"
            rows={invitations}
            rowKey={(invitation) => invitation.id}
            columns={[
              { name: 'E-mail', cell: (invitation) => <span className="wrap-anywhere">{invitation.email}</span> },
              { name: 'Role', cell: (invitation) => invitation.role },
              { name: 'Good until', cell: (invitation) => date(invitation.expires_at) },
              {
                name: 'Actions',
                quiet: true,
                number: true,
                cell: (invitation) =>
                  owner && (
                    <Button
                      kind="danger small"
                      aria-label={`Withdraw the invitation of ${invitation.email}`}
                      onPress={() => void act(api.withdrawInvitation(invitation.id), 'The invitation was withdrawn')}
                    >
                      Withdraw
                    </Button>
                  ),
              },
            ]}
          />
        </Card>
      )}
      {inviting && <InviteDialog onClose={() => setInviting(false)} onInvited={setToken} />}
      {token && <InvitedDialog token={token} onClose={() => setToken(null)} />}
      {removing && (
        <FormDialog
          alert
          danger
          title={`Remove ${removing.email}?`}
          action="Remove member"
          onSubmit={async () => {
            await api.removeMember(removing.id)
            await reload()
            toast('The member was removed')
          }}
          onClose={() => setRemoving(null)}
        >
          <p>Their sessions end at once. What they have done stays in the audit trail.</p>
        </FormDialog>
      )}
    </div>
  )
}
