import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type NewPolicy, type NodeDetail, type Policy, api } from '../../api'
import { periodName, scopeName } from '../../format'
import { Check, Choices } from '../../ui/Choices'
import { FormDialog } from '../../ui/Dialog'
import { SelectField, TextField } from '../../ui/Field'
import { toast } from '../../ui/Toasts'
import { type Enforcement, type Period, type Unit, periods, units } from '../../vocabulary'
import { enforcementOptions, unitName } from '../../words'
import { WhatIf } from './WhatIf'
import { useRefresh } from './useChange'

const AMOUNT = /^\d{1,12}(\.\d{1,9})?$/

function initial(node: NodeDetail, policy: Policy | null): NewPolicy {
  if (policy) {
    const { unit, period, rolling, service, model, enforcement } = policy
    return { path: node.path, amount: policy.base_limit, unit, period, rolling, service, model, enforcement }
  }
  return {
    path: node.path,
    amount: '',
    unit: 'usd',
    period: 'month',
    rolling: false,
    service: null,
    model: null,
    enforcement: 'block',
  }
}

function Scope({ draft, change }: { draft: NewPolicy; change: (part: Partial<NewPolicy>) => void }) {
  const services = useQuery({ queryKey: ['services'], queryFn: api.services })
  const models = useQuery({
    queryKey: ['models', draft.service],
    queryFn: () => api.models(draft.service!),
    enabled: Boolean(draft.service),
  })
  return (
    <>
      <SelectField
        label="Service"
        value={draft.service ?? ''}
        onChange={(service) => change({ service: service || null, model: null })}
        options={[
          { value: '', label: 'Any service' },
          ...(services.data?.services ?? []).map((entry) => entry.service),
        ]}
      />
      <SelectField
        label="Model"
        disabled={!draft.service}
        value={draft.model ?? ''}
        onChange={(model) => change({ model: model || null })}
        options={[
          { value: '', label: 'Any model' },
          ...(models.data?.models ?? []).filter((entry) => entry.model).map((entry) => entry.model),
        ]}
      />
    </>
  )
}

/** A new policy, or another limit or mode for an existing one. */
export function QuotaDialog({
  node,
  policy,
  onClose,
}: {
  node: NodeDetail
  policy: Policy | null
  onClose: () => void
}) {
  const refresh = useRefresh()
  const [draft, setDraft] = useState(() => initial(node, policy))
  const change = (part: Partial<NewPolicy>) => setDraft((old) => ({ ...old, ...part }))
  const valid = AMOUNT.test(draft.amount)
  const submit = async () => {
    if (policy) await api.changePolicy(policy.id, { amount: draft.amount, enforcement: draft.enforcement })
    else await api.createPolicy(draft)
    await refresh()
    toast(policy ? 'The quota was changed' : 'The quota was added')
  }
  return (
    <FormDialog
      wide
      title={`${policy ? 'Edit' : 'Add'} quota on ${node.path}`}
      action={policy ? 'Save' : 'Add quota'}
      onSubmit={submit}
      onClose={onClose}
      disabled={!valid}
    >
      <div className="fields">
        <TextField
          label={`Limit (${unitName[draft.unit]})`}
          autoFocus
          inputMode="decimal"
          required
          value={draft.amount}
          onChange={(amount) => change({ amount: amount.trim() })}
          problem={draft.amount && !valid ? 'A number such as 100 or 12.50.' : null}
          hint={policy?.boost ? 'Without the boost that is running.' : undefined}
        />
        {policy ? (
          <div className="field">
            <span className="label">Counts</span>
            <p className="muted">
              {unitName[draft.unit]} {periodName(draft.period, draft.rolling)}, {scopeName(draft.service, draft.model)}.
              Another unit, period or scope is another quota.
            </p>
          </div>
        ) : (
          <>
            <SelectField
              label="Unit"
              value={draft.unit}
              onChange={(unit) => change({ unit: unit as Unit })}
              options={units.map((unit) => ({ value: unit, label: unitName[unit] }))}
            />
            <SelectField
              label="Period"
              value={draft.period}
              onChange={(period) =>
                change({ period: period as Period, rolling: period === 'lifetime' ? false : draft.rolling })
              }
              options={periods}
            />
            <div className="field">
              <span className="label">Window</span>
              <Check
                isSelected={draft.rolling}
                isDisabled={draft.period === 'lifetime'}
                onChange={(rolling) => change({ rolling })}
              >
                Rolling: {draft.period === 'lifetime' ? 'not for a lifetime' : periodName(draft.period, true)}
              </Check>
            </div>
            <Scope draft={draft} change={change} />
          </>
        )}
      </div>
      <Choices<Enforcement>
        label="Mode"
        value={draft.enforcement}
        onChange={(enforcement) => change({ enforcement })}
        options={enforcementOptions}
      />
      <WhatIf draft={draft} valid={valid} />
    </FormDialog>
  )
}
