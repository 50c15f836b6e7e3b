import { useState } from 'react'
import { type UnpricedModel, api } from '../../api'
import { localInput } from '../../format'
import { FormDialog } from '../../ui/Dialog'
import { TextField } from '../../ui/Field'
import { Notice } from '../../ui/Notice'
import { toast } from '../../ui/Toasts'
import { PRICE, shift } from './meters'
import { useReloadPrices } from './usePrices'

const asked = [
  { meter: 'input_tokens', label: 'Input' },
  { meter: 'output_tokens', label: 'Output' },
  { meter: 'cached_input_tokens', label: 'Cached input' },
  { meter: 'reasoning_tokens', label: 'Reasoning' },
] as const
const MILLION = -6

/** The usual meters of a model in one go, from when it was first seen. */
export function PriceModelDialog({ model, onClose }: { model: UnpricedModel; onClose: () => void }) {
  const reload = useReloadPrices()
  const [prices, setPrices] = useState<Record<string, string>>({})
  const [from, setFrom] = useState(localInput(new Date(model.first_seen)))
  const given = asked.filter(({ meter }) => prices[meter])
  const wrong = (meter: string) => (prices[meter] && !PRICE.test(prices[meter]) ? 'A number such as 2.50.' : null)
  const valid = given.length > 0 && asked.every(({ meter }) => !wrong(meter))
  const submit = async () => {
    for (const { meter } of given) {
      // A second try after one of them failed meets the first ones again.
      await api.setPrice({
        service: model.service,
        model: model.model || undefined,
        meter,
        usd: shift(prices[meter], MILLION),
        valid_from: from ? new Date(from).toISOString() : undefined,
        replace: true,
      })
    }
    await reload()
    toast(`${model.model || model.service} has a price`)
  }
  return (
    <FormDialog
      title={`Price ${model.model || model.service}`}
      action="Set prices"
      onSubmit={submit}
      onClose={onClose}
      disabled={!valid}
    >
      <p className="muted">
        In USD for a million tokens, as {model.service} charges them. What stays empty stays without a price.
      </p>
      <div className="fields">
        {asked.map(({ meter, label }, i) => (
          <TextField
            key={meter}
            label={label}
            autoFocus={i === 0}
            inputMode="decimal"
            placeholder="0.00"
            value={prices[meter] ?? ''}
            problem={wrong(meter)}
            onChange={(value) => setPrices((old) => ({ ...old, [meter]: value.trim() }))}
          />
        ))}
        <TextField
          label="From"
          type="datetime-local"
          full
          hint="When the model was first seen, in your browser's time; empty for now."
          value={from}
          onChange={setFrom}
        />
      </div>
      <Notice icon="clock">What is recorded keeps its cost until it is repriced; you will be offered that next.</Notice>
    </FormDialog>
  )
}
