import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Model, type Price, api } from '../../api'
import { problemText } from '../../api/http'
import { compact, date } from '../../format'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Icon } from '../../ui/Icon'
import { Problem } from '../../ui/Notice'
import { Table } from '../../ui/Table'
import type { PriceDraft } from './PriceDialog'
import { meterName, priceText } from './meters'

const columns = ['input_tokens', 'cached_input_tokens', 'output_tokens'] as const

function standard(model: Model, meter: string): Price | undefined {
  return model.prices.find((price) => price.meter === meter && price.tier === 'standard' && price.above_tokens === 0)
}

function Others({ model }: { model: Model }) {
  const others = model.prices.filter(
    (price) => !(columns as readonly string[]).includes(price.meter) || price !== standard(model, price.meter),
  )
  if (others.length === 0) return null
  const list = (
    <ul className="small muted">
      {others.map((price, i) => (
        <li key={i}>
          {meterName(price.meter)}
          {price.tier !== 'standard' && `, ${price.tier}`}
          {price.above_tokens > 0 && `, above ${compact(price.above_tokens)}`}: {priceText(price)}
        </li>
      ))}
    </ul>
  )
  if (others.length <= 2) return list
  return (
    <details className="small">
      <summary>{others.length} more</summary>
      {list}
    </details>
  )
}

export function ModelsCard({
  service,
  title,
  onPrice,
}: {
  service: string
  title: string
  onPrice?: (draft: PriceDraft) => void
}) {
  const query = useQuery({ queryKey: ['models', service], queryFn: () => api.models(service) })
  const [text, setText] = useState('')
  const models = (query.data?.models ?? []).filter((model) => model.model.toLowerCase().includes(text.toLowerCase()))
  return (
    <Card
      title={title}
      flush
      sql={query.data?.sql}
      actions={
        <>
          <div className="search">
            <Icon name="search" size={15} />
            <input
              className="input compact"
              type="search"
              aria-label="Find a model"
              placeholder="Find a model"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          </div>
          {onPrice && (
            <Button kind="small" onPress={() => onPrice({ service, model: '' })}>
              <Icon name="plus" size={14} />
              Set a price
            </Button>
          )}
        </>
      }
    >
      {query.isError && (
        <div className="body">
          <Problem>{problemText(query.error)}</Problem>
        </div>
      )}
      <div className="models-table">
        <Table<Model>
          label={`Models of ${title}`}
          rows={models}
          rowKey={(model) => model.model}
          empty={query.data && 'No model has a price here.'}
          columns={[
            {
              name: 'Model',
              cell: (model) => (
                <>
                  <span className="strong wrap-anywhere">{model.model || 'any model'}</span>{' '}
                  {model.own && <span className="badge">own price</span>}
                  {model.deprecated_on && <div className="small muted">deprecated on {date(model.deprecated_on)}</div>}
                </>
              ),
            },
            ...columns.map((meter) => ({
              name: meterName(meter).replace(/^./, (letter) => letter.toUpperCase()),
              number: true,
              cell: (model: Model) => {
                const price = standard(model, meter)
                return price ? priceText(price) : '–'
              },
            })),
            { name: 'Other prices', cell: (model) => <Others model={model} /> },
            {
              name: 'Context',
              number: true,
              cell: (model) => (model.max_input_tokens ? compact(model.max_input_tokens) : '–'),
            },
            {
              name: 'Actions',
              quiet: true,
              number: true,
              cell: (model) =>
                onPrice && (
                  <Button
                    kind="quiet small"
                    aria-label={`Change a price of ${model.model || 'any model'}`}
                    onPress={() => onPrice({ service, model: model.model })}
                  >
                    Change
                  </Button>
                ),
            },
          ]}
        />
      </div>
    </Card>
  )
}
