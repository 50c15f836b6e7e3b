import { useQuery } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { type Me, api } from '../../api'
import { problemText } from '../../api/http'
import { dateTime } from '../../format'
import { navigate, useLocation } from '../../router'
import { useEnter } from '../../session'
import { Button } from '../../ui/Button'
import { TextField } from '../../ui/Field'
import { Link } from '../../ui/Link'
import { Problem } from '../../ui/Notice'
import { Confirm } from './Confirm'

/** What a person without a session sees. The address stays, so that a deep link comes back to its page. */
export function Gate({ signedIn }: { signedIn: boolean }) {
  const { pathname, search } = useLocation()
  const signup = useQuery({ queryKey: ['signup'], queryFn: api.signupOpen, enabled: !signedIn })
  if (pathname === '/confirm') return <Confirm token={search.get('token') ?? ''} />
  if (pathname === '/join') return <Join token={search.get('token') ?? ''} />
  if (signup.isPending) return null
  const open = signup.data?.open ?? false
  return open && (pathname === '/' || pathname === '/sign-up') ? <SignUp /> : <SignIn open={open} />
}

interface FrameProps {
  title: string
  intro?: ReactNode
  action: string
  submit: () => Promise<Me>
  then?: string
  children: ReactNode
  footer?: ReactNode
}

function Frame({ title, intro, action, submit, then, children, footer }: FrameProps) {
  const enter = useEnter()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const onSubmit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setProblem(null)
    try {
      const me = await submit()
      if (then) navigate(then, { replace: true })
      enter(me)
    } catch (error) {
      setProblem(problemText(error))
      setBusy(false)
    }
  }
  return (
    <main className="gate">
      <div className="card">
        <div className="brand">
          <img src="/logo.svg" alt="" width="26" height="26" />
          QuotaKit
        </div>
        <div className="stack tight">
          <h1>{title}</h1>
          {intro && <p className="muted">{intro}</p>}
        </div>
        <form onSubmit={onSubmit}>
          {children}
          {problem && <Problem>{problem}</Problem>}
          <Button kind="primary" type="submit" isDisabled={busy}>
            {busy ? 'One moment…' : action}
          </Button>
        </form>
        {footer && <p className="small muted">{footer}</p>}
      </div>
    </main>
  )
}

function SignIn({ open }: { open: boolean }) {
  const { pathname } = useLocation()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const entry = pathname === '/' || pathname === '/sign-in' || pathname === '/sign-up'
  return (
    <Frame
      title="Sign in"
      intro={entry ? undefined : 'Sign in to go on to the page you opened.'}
      action="Sign in"
      submit={() => api.signIn({ email, password })}
      then={entry ? '/projects' : undefined}
      footer={
        open && (
          <>
            No account yet? <Link href="/sign-up">Sign up</Link>
          </>
        )
      }
    >
      <TextField label="E-mail" type="email" autoComplete="username" required value={email} onChange={setEmail} />
      <TextField
        label="Password"
        type="password"
        autoComplete="current-password"
        required
        value={password}
        onChange={setPassword}
      />
    </Frame>
  )
}

function SignUp() {
  const [account, setAccount] = useState('')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return (
    <Frame
      title="Create your account"
      intro="You become its owner, and can invite others afterwards."
      action="Sign up"
      submit={() => api.signUp({ account, email, password, time_zone })}
      then="/projects"
      footer={
        <>
          Already a member? <Link href="/sign-in">Sign in</Link>
        </>
      }
    >
      <TextField
        label="Account"
        hint="The name of your company or team."
        required
        maxLength={63}
        value={account}
        onChange={setAccount}
      />
      <TextField label="E-mail" type="email" autoComplete="username" required value={email} onChange={setEmail} />
      <TextField
        label="Password"
        type="password"
        autoComplete="new-password"
        required
        minLength={10}
        hint="At least ten characters."
        value={password}
        onChange={setPassword}
      />
    </Frame>
  )
}

function Join({ token }: { token: string }) {
  const invitation = useQuery({ queryKey: ['invitation', token], queryFn: () => api.invitation(token), retry: false })
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  if (invitation.isPending) return null
  if (invitation.isError) {
    return (
      <main className="gate">
        <div className="card">
          <h1>This invitation does not work</h1>
          <Problem>{problemText(invitation.error)}</Problem>
          <p className="small">
            <Link href="/sign-in">Sign in</Link>
          </p>
        </div>
      </main>
    )
  }
  const { account, email, role, expires_at } = invitation.data
  return (
    <Frame
      title={`Join ${account}`}
      intro={`As ${role}, with ${email}. The invitation is good until ${dateTime(expires_at)}.`}
      action="Join"
      submit={() => api.join({ token, password, name: name || undefined })}
      then="/projects"
    >
      <TextField label="Your name" autoComplete="name" value={name} onChange={setName} />
      <TextField
        label="Password"
        type="password"
        autoComplete="new-password"
        required
        minLength={10}
        hint="At least ten characters."
        value={password}
        onChange={setPassword}
      />
    </Frame>
  )
}
