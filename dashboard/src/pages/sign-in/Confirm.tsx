import { useState } from 'react'
import { api } from '../../api'
import { problemText } from '../../api/http'
import { Button } from '../../ui/Button'
import { Notice, Problem } from '../../ui/Notice'

/** Where the link of a confirmation mail leads. A press is asked for, because mail scanners follow links. */
export function Confirm({ token }: { token: string }) {
  const [address, setAddress] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const press = async () => {
    setProblem(null)
    try {
      setAddress((await api.confirm(token)).address)
    } catch (error) {
      setProblem(problemText(error))
    }
  }
  return (
    <main className="gate">
      <div className="card">
        <div className="brand">
          <img src="/logo.svg" alt="" width="26" height="26" />
          QuotaKit
        </div>
        <h1>Confirm your address</h1>
        {address ? (
          <Notice kind="good" icon="check">
            {address} gets alerts from now on.
          </Notice>
        ) : (
          <p className="muted">
            Someone asked for budget alerts to be sent to your address. Confirm it, or do nothing and get no more mail.
          </p>
        )}
        {problem && <Problem>{problem}</Problem>}
        {!address && (
          <Button kind="primary" onPress={() => void press()}>
            Confirm
          </Button>
        )}
      </div>
    </main>
  )
}
