import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api } from '../../api'
import { problemText } from '../../api/http'
import { useSession } from '../../session'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { TextField } from '../../ui/Field'
import { Problem } from '../../ui/Notice'
import { toast } from '../../ui/Toasts'
import { PasswordForm } from './PasswordForm'

function NameForm() {
  const { member } = useSession()
  const client = useQueryClient()
  const [name, setName] = useState(member.name ?? '')
  const [problem, setProblem] = useState<string | null>(null)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setProblem(null)
    try {
      client.setQueryData(['me'], await api.rename(name.trim()))
      await client.invalidateQueries({ queryKey: ['members'] })
      toast('The name was saved')
    } catch (error) {
      setProblem(problemText(error))
    }
  }
  return (
    <Card title="You">
      <form className="stack wide" onSubmit={submit}>
        <div className="fields">
          <TextField
            label="Your name"
            autoComplete="name"
            maxLength={200}
            hint="How the other members see you."
            value={name}
            onChange={setName}
          />
          <div className="field">
            <span className="label">Signed in as</span>
            <p className="wrap-anywhere">
              {member.email}, {member.role}
            </p>
          </div>
        </div>
        {problem && <Problem>{problem}</Problem>}
        <div>
          <Button kind="primary" type="submit" isDisabled={name.trim() === (member.name ?? '')}>
            Save name
          </Button>
        </div>
      </form>
    </Card>
  )
}

/** The person's own: name and password. */
export function ProfileTab() {
  return (
    <div className="stack wide">
      <NameForm />
      <PasswordForm />
    </div>
  )
}
