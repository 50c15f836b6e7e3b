import type { ReactNode } from 'react'

export interface Column<Row> {
  name: string
  cell: (row: Row) => ReactNode
  number?: boolean
  /** The name is for screen readers only. */
  quiet?: boolean
}

interface Props<Row> {
  label: string
  columns: Column<Row>[]
  rows: Row[]
  rowKey: (row: Row) => string | number
  footer?: ReactNode
  empty?: ReactNode
}

function classOf<Row>({ number, quiet }: Column<Row>): string | undefined {
  return [number && 'number', quiet && 'actions'].filter(Boolean).join(' ') || undefined
}

export function Table<Row>({ label, columns, rows, rowKey, footer, empty }: Props<Row>) {
  // Two elements, not one that changes its nature: Chromium would see it jump.
  if (rows.length === 0 && empty)
    return (
      <div key="empty" className="empty">
        {empty}
      </div>
    )
  return (
    <div key="table" className="table-wrap" tabIndex={0} role="group" aria-label={label}>
      <table className="table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col" className={classOf(column)}>
                {column.quiet ? <span className="visually-hidden">{column.name}</span> : column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => (
                <td key={column.name} className={classOf(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        {footer && <tfoot>{footer}</tfoot>}
      </table>
    </div>
  )
}
