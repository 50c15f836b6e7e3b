import type { Series } from '../../api'
import { useSession } from '../../session'
import { Table } from '../../ui/Table'
import type { Step } from '../../vocabulary'
import { type Measure, measured, stepName } from './steps'

/** The same numbers as the chart, for those who would rather read them. */
export function SeriesTable({ series, measure, step }: { series: Series; measure: Measure; step: Step }) {
  const { account } = useSession()
  return (
    <Table
      label="Trend as a table"
      rows={series.steps.map((at, i) => ({ at, i }))}
      rowKey={(row) => row.at}
      columns={[
        { name: 'Time', cell: (row) => stepName(row.at, step, account.time_zone) },
        ...series.keys.map((key) => ({
          name: key.key ?? 'All',
          number: true,
          cell: (row: { i: number }) => measured(key[measure][row.i], measure),
        })),
      ]}
    />
  )
}
