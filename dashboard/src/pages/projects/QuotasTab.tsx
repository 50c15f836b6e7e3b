import { useState } from 'react'
import type { NodeDetail, Policy } from '../../api'
import { useCanEdit } from '../../session'
import { Button } from '../../ui/Button'
import { SqlButton } from '../../ui/Copy'
import { Icon } from '../../ui/Icon'
import { BoostDialog } from './BoostDialog'
import { PolicyCard } from './PolicyCard'
import { QuotaDialog } from './QuotaDialog'
import { RemoveQuotaDialog } from './RemoveQuotaDialog'

const MAX_POLICIES = 10

export function QuotasTab({ node }: { node: NodeDetail }) {
  const canEdit = useCanEdit()
  const [editing, setEditing] = useState<Policy | 'new' | null>(null)
  const [boosting, setBoosting] = useState<Policy | null>(null)
  const [removing, setRemoving] = useState<Policy | null>(null)
  const full = node.policies.length >= MAX_POLICIES
  return (
    <div className="stack">
      <div className="row between">
        <h3>
          {node.policies.length} of {MAX_POLICIES} quotas
        </h3>
        <div className="row">
          <SqlButton sql={node.sql.policies} of="Quotas" />
          {canEdit && (
            <Button kind="small" isDisabled={full} onPress={() => setEditing('new')}>
              <Icon name="plus" size={14} />
              Add quota
            </Button>
          )}
        </div>
      </div>
      {node.policies.length === 0 && (
        <p className="muted">
          This path has no quota of its own: its calls are recorded, and count on the quotas above it.
        </p>
      )}
      {node.policies.map((policy) => (
        <PolicyCard
          key={policy.id}
          policy={policy}
          actions={
            canEdit
              ? {
                  onEdit: () => setEditing(policy),
                  onBoost: () => setBoosting(policy),
                  onRemove: () => setRemoving(policy),
                }
              : undefined
          }
        />
      ))}
      {node.inherited.length > 0 && (
        <>
          <h3>From above</h3>
          {node.inherited.map((policy) => (
            <PolicyCard key={policy.id} policy={policy} from={policy.path} />
          ))}
        </>
      )}
      {editing && (
        <QuotaDialog node={node} policy={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />
      )}
      {boosting && <BoostDialog policy={boosting} onClose={() => setBoosting(null)} />}
      {removing && <RemoveQuotaDialog policy={removing} onClose={() => setRemoving(null)} />}
    </div>
  )
}
