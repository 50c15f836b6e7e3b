import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Alert, type NodeDetail, type Policy, api } from '../../api'
import { isNotFound, problemText } from '../../api/http'
import { amountOf, plural, relative } from '../../format'
import { useCanEdit } from '../../session'
import { Button } from '../../ui/Button'
import { SqlButton } from '../../ui/Copy'
import { Icon } from '../../ui/Icon'
import { Problem } from '../../ui/Notice'
import { toast } from '../../ui/Toasts'
import { AlertDialog } from './AlertDialog'
import { AlertHistory } from './AlertHistory'
import { policyName, recipientName } from './alertWords'
import { useRefresh } from './useChange'

function condition(alert: Alert, policy: Policy | undefined): string {
  if (alert.kind === 'percent') return `${Number(alert.threshold)} % of the limit is used`
  if (alert.kind === 'amount') return `${policy ? amountOf(alert.threshold, policy.unit) : alert.threshold} is used`
  if (alert.kind === 'forecast') return 'it will trip before the window ends'
  return 'a call is refused'
}

export function AlertsTab({ node }: { node: NodeDetail }) {
  const canEdit = useCanEdit()
  const refresh = useRefresh()
  const query = useQuery({ queryKey: ['alerts', node.path], queryFn: () => api.alerts(node.path) })
  const [editing, setEditing] = useState<Alert | 'new' | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const own = new Map(node.policies.map((policy) => [policy.id, policy]))
  const list = (query.data?.alerts ?? []).filter((alert) => own.has(alert.policy_id))
  const act = async (action: () => Promise<string>) => {
    setProblem(null)
    try {
      toast(await action())
      await refresh()
    } catch (error) {
      setProblem(problemText(error))
    }
  }
  if (isNotFound(query.error)) return <p className="muted">This server does not send alerts.</p>
  const remove = (alert: Alert) => act(async () => (await api.removeAlert(alert.id), 'The alert was removed'))
  const test = (alert: Alert) =>
    act(async () => `${plural((await api.testAlert(alert.id)).notifications, 'test message')} on the way`)
  return (
    <div className="stack">
      <div className="row between">
        <h3>Alerts</h3>
        <div className="row">
          <SqlButton sql={query.data?.sql} of="Alerts" />
          {canEdit && (
            <Button kind="small" isDisabled={node.policies.length === 0} onPress={() => setEditing('new')}>
              <Icon name="plus" size={14} />
              Add alert
            </Button>
          )}
        </div>
      </div>
      {query.isError && <Problem>{problemText(query.error)}</Problem>}
      {problem && <Problem>{problem}</Problem>}
      {node.policies.length === 0 ? (
        <p className="muted">An alert watches a quota. Add a quota first.</p>
      ) : (
        query.data &&
        list.length === 0 && (
          <p className="muted">No alerts. Each fires once per window, however many calls cross the line.</p>
        )
      )}
      <ul className="feed">
        {list.map((alert) => (
          <li key={alert.id}>
            <div className="row">
              <Icon name="bell" size={14} />
              <span className="strong grow">When {condition(alert, own.get(alert.policy_id))}</span>
              {alert.last_fired && <span className="muted small">fired {relative(alert.last_fired)}</span>}
            </div>
            <div className="muted small">{policyName(own.get(alert.policy_id)!)}</div>
            <div className="muted small">
              to {alert.recipients.map(recipientName).join(', ')}
              {alert.delivery !== 'each' && `, in a ${alert.delivery} digest`}
              {alert.muted_until &&
                Date.parse(alert.muted_until) > Date.now() &&
                `; muted, ends ${relative(alert.muted_until)}`}
            </div>
            {canEdit && (
              <div className="row">
                <Button
                  kind="quiet small"
                  aria-label={`Edit alert: ${condition(alert, own.get(alert.policy_id))}`}
                  onPress={() => setEditing(alert)}
                >
                  Edit
                </Button>
                <Button
                  kind="quiet small"
                  aria-label={`Test alert: ${condition(alert, own.get(alert.policy_id))}`}
                  onPress={() => void test(alert)}
                >
                  Test
                </Button>
                <Button
                  kind="quiet small"
                  aria-label={`Remove alert: ${condition(alert, own.get(alert.policy_id))}`}
                  onPress={() => void remove(alert)}
                >
                  Remove
                </Button>
              </div>
            )}
          </li>
        ))}
      </ul>
      <AlertHistory path={node.path} />
      {editing && (
        <AlertDialog
          policies={node.policies}
          alert={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
    </div>
  )
}
