import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../api'
import { date } from '../../format'
import { Check } from '../../ui/Choices'
import { FormDialog } from '../../ui/Dialog'
import { SelectField, TextField } from '../../ui/Field'
import { Notice } from '../../ui/Notice'
import { toast } from '../../ui/Toasts'
import { PRICE, isTokens, meterName, meters, priceText, shift, tiers } from './meters'
import { useReloadPrices } from './usePrices'

export interface PriceDraft {
  service: string
  model: string
  meter?: string
}

function History({ service, model, meter }: { service: string; model: string; meter: string }) {
  const query = useQuery({
    queryKey: ['prices', service, model],
    queryFn: () => api.prices(service, model || undefined),
  })
  const list = (query.data?.prices ?? []).filter((price) => price.meter === meter).slice(0, 6)
  if (list.length === 0) return null
  return (
    <div className="field">
      <span className="label">So far</span>
      <ul className="small muted stack tight">
        {list.map((price, i) => (
          <li key={i}>
            {priceText(price)}
            {price.tier !== 'standard' && `, ${price.tier}`}, from {date(price.valid_from)}
            {price.valid_until && ` to ${date(price.valid_until)}`}
          </li>
        ))}
      </ul>
    </div>
  )
}

/** A price for one meter from a date on. What is recorded already keeps the price it had. */
export function PriceDialog({ draft, onClose }: { draft: PriceDraft; onClose: () => void }) {
  const reload = useReloadPrices()
  const [model, setModel] = useState(draft.model)
  const [meter, setMeter] = useState(draft.meter ?? 'input_tokens')
  const [tier, setTier] = useState('standard')
  const [above, setAbove] = useState('0')
  const [usd, setUsd] = useState('')
  const [credits, setCredits] = useState('')
  const [from, setFrom] = useState('')
  const [replace, setReplace] = useState(false)
  const tokens = isTokens(meter)
  const unit = tokens ? 'for a million' : 'for one'
  const valid =
    (usd !== '' || credits !== '') &&
    [usd, credits].every((value) => value === '' || PRICE.test(value)) &&
    /^\d*$/.test(above)
  const single = (value: string) => (value === '' ? undefined : tokens ? shift(value, -6) : value)
  const submit = async () => {
    await api.setPrice({
      service: draft.service,
      model: model.trim() || undefined,
      meter,
      tier,
      above_tokens: Number(above) || undefined,
      usd: single(usd),
      credits: single(credits),
      valid_from: from ? new Date(from).toISOString() : undefined,
      replace: replace || undefined,
    })
    await reload()
    toast('The price was set')
  }
  return (
    <FormDialog
      wide
      title={`Price of ${draft.service}`}
      action="Set price"
      onSubmit={submit}
      onClose={onClose}
      disabled={!valid}
    >
      <div className="fields">
        <TextField
          label="Model"
          maxLength={200}
          hint="Empty for any model of the service."
          value={model}
          onChange={setModel}
        />
        <TextField
          label="Meter"
          list="meters"
          required
          hint={`${meters.slice(0, 2).join(', ')}, … or a named meter such as image.`}
          value={meter}
          onChange={setMeter}
        />
        <TextField
          label={`USD ${unit}`}
          autoFocus
          inputMode="decimal"
          value={usd}
          onChange={(value) => setUsd(value.trim())}
        />
        <TextField
          label={`Credits ${unit}`}
          inputMode="decimal"
          value={credits}
          onChange={(value) => setCredits(value.trim())}
        />
        <SelectField label="Tier" value={tier} onChange={setTier} options={tiers} />
        <TextField
          label="Above tokens"
          inputMode="numeric"
          hint="For prices that rise with the prompt; 0 for all."
          value={above}
          onChange={setAbove}
        />
        <TextField
          label="From"
          type="datetime-local"
          hint="In your browser's time; empty for now."
          value={from}
          onChange={setFrom}
        />
        <div className="field">
          <span className="label">Overlap</span>
          <Check isSelected={replace} onChange={setReplace}>
            Correct a price that holds from the same time
          </Check>
        </div>
      </div>
      <datalist id="meters">
        {meters.map((name) => (
          <option key={name} value={name}>
            {meterName(name)}
          </option>
        ))}
      </datalist>
      <Notice icon="clock">
        Events keep the price that was in force at their time. To apply a price to the past, use Reprice.
      </Notice>
      <History service={draft.service} model={model} meter={meter} />
    </FormDialog>
  )
}
