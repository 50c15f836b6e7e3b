import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Service, type UnpricedModel, api } from '../../api'
import { problemText } from '../../api/http'
import { useParam } from '../../router'
import { useCanEdit } from '../../session'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Icon } from '../../ui/Icon'
import { Problem } from '../../ui/Notice'
import { AddServiceDialog } from './AddServiceDialog'
import { ImportDialog } from './ImportDialog'
import { ModelsCard } from './ModelsCard'
import { type PriceDraft, PriceDialog } from './PriceDialog'
import { PriceModelDialog } from './PriceModelDialog'
import { RepriceDialog } from './RepriceDialog'
import { UnpricedCard } from './UnpricedCard'
import './services.css'

type Open =
  | { kind: 'service' | 'import' }
  | { kind: 'reprice'; model?: UnpricedModel }
  | { kind: 'unpriced'; model: UnpricedModel }
  | { kind: 'price'; draft: PriceDraft }

function ServiceList({
  services,
  selected,
  onSelect,
}: {
  services: Service[]
  selected: string
  onSelect: (service: string) => void
}) {
  return (
    <ul className="service-list">
      {services.map((entry) => (
        <li key={entry.service}>
          <Button kind="quiet" aria-pressed={entry.service === selected} onPress={() => onSelect(entry.service)}>
            <span className="grow truncate">{entry.title ?? entry.service}</span>
            {entry.own && <span className="badge">own</span>}
            <span className="muted small">
              {entry.models}
              <span className="visually-hidden"> models</span>
            </span>
          </Button>
        </li>
      ))}
    </ul>
  )
}

export default function ServicesPage() {
  const canEdit = useCanEdit()
  const query = useQuery({ queryKey: ['services'], queryFn: api.services })
  // What is unpriced stands above the rest: the rest waits for it, so that nothing is pushed down.
  const unpriced = useQuery({ queryKey: ['unpriced'], queryFn: api.unpriced })
  const services = query.data?.services ?? []
  const [asked, setAsked] = useParam('service')
  const [open, setOpen] = useState<Open | null>(null)
  const close = () => setOpen(null)
  const used = [...services].sort((a, b) => b.paths - a.paths)
  const selected = asked || used[0]?.service || ''
  return (
    <div className="page">
      <div className="page-head">
        <h1>Services</h1>
        {canEdit && (
          <>
            <Button onPress={() => setOpen({ kind: 'reprice' })}>Reprice…</Button>
            <Button onPress={() => setOpen({ kind: 'import' })}>Import prices…</Button>
            <Button kind="primary" onPress={() => setOpen({ kind: 'service' })}>
              <Icon name="plus" />
              Add service
            </Button>
          </>
        )}
      </div>
      {query.isError && <Problem>{problemText(query.error)}</Problem>}
      <UnpricedCard
        unpriced={unpriced.data}
        onPrice={canEdit ? (model) => setOpen({ kind: 'unpriced', model }) : undefined}
        onReprice={canEdit ? (model) => setOpen({ kind: 'reprice', model }) : undefined}
      />
      {!unpriced.isPending && (
        <div className="services-body">
          <Card title="Providers" flush sql={query.data?.sql}>
            <ServiceList services={used} selected={selected} onSelect={(service) => setAsked(service)} />
          </Card>
          {selected && (
            <ModelsCard
              key={selected}
              service={selected}
              title={services.find((entry) => entry.service === selected)?.title ?? selected}
              onPrice={canEdit ? (draft) => setOpen({ kind: 'price', draft }) : undefined}
            />
          )}
        </div>
      )}
      {open?.kind === 'service' && <AddServiceDialog onClose={close} onAdded={setAsked} />}
      {open?.kind === 'import' && <ImportDialog onClose={close} />}
      {open?.kind === 'reprice' && <RepriceDialog services={services} model={open.model} onClose={close} />}
      {open?.kind === 'unpriced' && <PriceModelDialog model={open.model} onClose={close} />}
      {open?.kind === 'price' && <PriceDialog draft={open.draft} onClose={close} />}
    </div>
  )
}
