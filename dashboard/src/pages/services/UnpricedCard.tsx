import type { UnpricedModel, api } from '../../api'
import { compact, count, relative } from '../../format'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Table } from '../../ui/Table'

const HOUR_MS = 3_600_000

/** It is known to the hour. */
function seen(at: string): string {
  return Date.now() - Date.parse(at) < HOUR_MS ? 'this hour' : relative(at)
}

/** Models that were called and have no price: their cost is missing in every sum. */
export function UnpricedCard({
  unpriced,
  onPrice,
  onReprice,
}: {
  unpriced: Awaited<ReturnType<typeof api.unpriced>> | undefined
  onPrice?: (model: UnpricedModel) => void
  onReprice?: (model: UnpricedModel) => void
}) {
  const models = unpriced?.models ?? []
  if (models.length === 0) return null
  return (
    <Card title="Seen in traffic without a price" flush sql={unpriced?.sql}>
      <Table<UnpricedModel>
        label="Unpriced models"
        rows={models}
        rowKey={(entry) => `${entry.service} ${entry.model}`}
        columns={[
          {
            name: 'Model',
            cell: (entry) => (
              <>
                <span className="strong wrap-anywhere">{entry.model || 'no model named'}</span>{' '}
                <span className="muted">{entry.service}</span>
              </>
            ),
          },
          { name: 'Calls', number: true, cell: (entry) => count(entry.calls) },
          { name: 'Tokens', number: true, cell: (entry) => compact(entry.tokens) },
          { name: 'Last seen', cell: (entry) => seen(entry.last_seen) },
          {
            name: 'Actions',
            quiet: true,
            number: true,
            cell: (entry) =>
              entry.has_price_now ? (
                onReprice ? (
                  <Button kind="small" aria-label={`Reprice: ${entry.model}`} onPress={() => onReprice(entry)}>
                    Priced now: reprice…
                  </Button>
                ) : (
                  <span className="badge accent">priced now</span>
                )
              ) : (
                onPrice && (
                  <Button kind="small" aria-label={`Price it: ${entry.model}`} onPress={() => onPrice(entry)}>
                    Price it
                  </Button>
                )
              ),
          },
        ]}
      />
    </Card>
  )
}
