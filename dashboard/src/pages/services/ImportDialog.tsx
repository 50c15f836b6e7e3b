import { useState } from 'react'
import { type ImportResult, type ImportRow, api } from '../../api'
import { compact, count } from '../../format'
import { Check } from '../../ui/Choices'
import { FormDialog } from '../../ui/Dialog'
import { Notice } from '../../ui/Notice'
import { Table } from '../../ui/Table'
import { toast } from '../../ui/Toasts'
import type { ImportAction } from '../../vocabulary'
import { meterName, priceChange, priceText } from './meters'
import { useReloadPrices } from './usePrices'

const SHOWN = 200

const actionWords: Readonly<Record<ImportAction, string>> = {
  changed: 'changed',
  new: 'new',
  'not understood': 'not understood',
  same: 'the same',
  ignored: 'ignored',
}
const actions = Object.entries(actionWords) as [ImportAction, string][]

function priceOf({ action, meter, old_usd, usd }: ImportRow): string {
  if (meter === null || usd === null) return '–'
  return action !== 'same' && old_usd !== null && Number(old_usd) !== Number(usd)
    ? priceChange(meter, old_usd, usd)
    : priceText({ meter, usd })
}

function Preview({ result }: { result: ImportResult }) {
  const left = result.more + Math.max(0, result.rows.length - SHOWN)
  return (
    <>
      <div className="tags">
        {actions.flatMap(([action, words]) =>
          result.counts[action] ? (
            <span key={action} className="badge">
              {count(result.counts[action])} {words}
            </span>
          ) : (
            []
          ),
        )}
      </div>
      <div className="models-table">
        <Table<ImportRow & { i: number }>
          label="What the import changes"
          rows={result.rows.slice(0, SHOWN).map((row, i) => ({ ...row, i }))}
          rowKey={(row) => row.i}
          empty="The file changes nothing."
          columns={[
            { name: 'Action', cell: (row) => <span className="badge">{row.action}</span> },
            {
              name: 'Model',
              cell: (row) => (
                <span className="wrap-anywhere">
                  {row.service} / {row.model || row.key}
                </span>
              ),
            },
            {
              name: 'Meter',
              cell: (row) =>
                `${meterName(row.meter ?? '')}${row.tier && row.tier !== 'standard' ? `, ${row.tier}` : ''}${row.above_tokens ? `, above ${compact(row.above_tokens)}` : ''}`,
            },
            { name: 'Price', number: true, cell: priceOf },
            { name: 'Note', cell: (row) => <span className="small muted">{row.note}</span> },
          ]}
        />
      </div>
      {left > 0 && <p className="small muted">and {count(left)} more.</p>}
    </>
  )
}

/** Two steps: the first shows what would change, the second does it. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const reload = useReloadPrices()
  const [file, setFile] = useState<{ name: string; content: object } | null>(null)
  const [problem, setProblem] = useState('')
  const [replace, setReplace] = useState(false)
  const [result, setResult] = useState<ImportResult | null>(null)

  const read = async (picked: File | undefined) => {
    setResult(null)
    setFile(null)
    setProblem('')
    if (!picked) return
    try {
      const content: unknown = JSON.parse(await picked.text())
      if (typeof content !== 'object' || content === null || Array.isArray(content)) throw new Error()
      setFile({ name: picked.name, content })
    } catch {
      setProblem('This is not a JSON object of prices.')
    }
  }
  const submit = async () => {
    if (!file) return
    const answer = await api.importPrices({
      file: file.content,
      replace: replace || undefined,
      dry_run: result === null,
    })
    if (result === null) {
      setResult(answer)
      return
    }
    await reload()
    toast('The prices were imported')
    onClose()
  }
  return (
    <FormDialog
      wide
      stay
      title="Import prices"
      action={result ? 'Import' : 'Show what changes'}
      onSubmit={submit}
      onClose={onClose}
      disabled={!file}
    >
      <p className="muted">
        Reads the LiteLLM price file (model_prices_and_context_window.json) and files of that form. Nothing is changed
        before you have seen it.
      </p>
      <div className="field">
        <label htmlFor="price-file">File</label>
        <input
          id="price-file"
          className="input"
          type="file"
          accept="application/json,.json"
          onChange={(event) => void read(event.target.files?.[0])}
        />
        {problem && <span className="problem">{problem}</span>}
      </div>
      <Check
        isSelected={replace}
        onChange={(on) => {
          setReplace(on)
          setResult(null)
        }}
      >
        Correct prices that hold from the same time
      </Check>
      {result && <Preview result={result} />}
      {result && <Notice icon="clock">The new prices hold from now on. What is recorded keeps its price.</Notice>}
    </FormDialog>
  )
}
