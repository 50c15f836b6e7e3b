import type { ReactNode } from 'react'
import { Checkbox, Label, Radio, RadioGroup, ToggleButton, ToggleButtonGroup } from 'react-aria-components'
import { Icon } from './Icon'

export interface Choice<T extends string> {
  value: T
  label: ReactNode
  hint?: ReactNode
}

export function Choices<T extends string>({
  label,
  value,
  options,
  onChange,
  isDisabled,
}: {
  label: string
  value: T
  options: Choice<T>[]
  onChange: (value: T) => void
  isDisabled?: boolean
}) {
  return (
    <RadioGroup className="field" value={value} onChange={(next) => onChange(next as T)} isDisabled={isDisabled}>
      <Label className="label">{label}</Label>
      <div className="choices">
        {options.map((option) => (
          <Radio key={option.value} value={option.value} className="choice">
            <span className="strong">{option.label}</span>
            {option.hint && <span className="hint">{option.hint}</span>}
          </Radio>
        ))}
      </div>
    </RadioGroup>
  )
}

export function Segmented<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: T
  options: { value: T; label: ReactNode }[]
  onChange: (value: T) => void
}) {
  return (
    <ToggleButtonGroup
      className="segmented"
      aria-label={label}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={(keys) => onChange([...keys][0] as T)}
    >
      {options.map((option) => (
        <ToggleButton key={option.value} id={option.value}>
          {option.label}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  )
}

export function Check({
  isSelected,
  onChange,
  children,
  isDisabled,
}: {
  isSelected: boolean
  onChange: (on: boolean) => void
  children: ReactNode
  isDisabled?: boolean
}) {
  return (
    <Checkbox className="check" isSelected={isSelected} onChange={onChange} isDisabled={isDisabled}>
      <span className="box">
        <Icon name="check" size={12} />
      </span>
      <span>{children}</span>
    </Checkbox>
  )
}
