// SQL beside the browser: tests/test_dashboard.py runs it and answers on our standard input.
import { createInterface } from 'node:readline'

const lines = createInterface({ input: process.stdin })
// Who started us is gone: so are we, and the browser with us.
lines.on('close', () => process.exit(1))
const answers = lines[Symbol.asyncIterator]()

async function ask(as, sql) {
  console.log(JSON.stringify({ psql: sql, as }))
  const { value } = await answers.next()
  const { rows, error } = JSON.parse(value)
  if (error) throw new Error(`${error}\n${sql}`)
  return rows
}

/** Rows of a query as an analyst of the account sees them: a PostgreSQL role that may read and nothing else. */
export const analyst = (sql) => ask('analyst', sql)

/** The same as the DBA. */
export const dba = (sql) => ask('dba', sql)

/** The one value of a query by the DBA. */
export async function value(sql) {
  const [row] = await dba(sql)
  return row && Object.values(row)[0]
}
