import { type FormEvent, useState } from 'react'
import { api } from '../../api'
import { problemText, setCsrf } from '../../api/http'
import { useSession } from '../../session'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { TextField } from '../../ui/Field'
import { Problem } from '../../ui/Notice'
import { toast } from '../../ui/Toasts'

export function PasswordForm() {
  const { member } = useSession()
  const [old, setOld] = useState('')
  const [next, setNext] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setProblem(null)
    try {
      const me = await api.changePassword({ old, new: next })
      setCsrf(me.csrf)
      setOld('')
      setNext('')
      toast('The password was changed; all other sessions have ended')
    } catch (error) {
      setProblem(problemText(error))
    }
  }
  return (
    <Card title="Change password">
      <form className="stack wide" onSubmit={submit}>
        <input
          className="visually-hidden"
          type="text"
          autoComplete="username"
          value={member.email}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <div className="fields">
          <TextField
            label="Present password"
            type="password"
            autoComplete="current-password"
            required
            value={old}
            onChange={setOld}
          />
          <TextField
            label="New password"
            type="password"
            autoComplete="new-password"
            required
            minLength={10}
            hint="At least ten characters."
            value={next}
            onChange={setNext}
          />
        </div>
        {problem && <Problem>{problem}</Problem>}
        <div>
          <Button kind="primary" type="submit" isDisabled={!old || next.length < 10}>
            Change password
          </Button>
        </div>
      </form>
    </Card>
  )
}
