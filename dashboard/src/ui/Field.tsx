import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from 'react'

interface Frame {
  label: ReactNode
  hint?: ReactNode
  problem?: string | null
  full?: boolean
}

function useFrame({ label, hint, problem, full }: Frame) {
  const id = useId()
  const note = problem || hint ? `${id}-note` : undefined
  const control = { id, 'aria-describedby': note, 'aria-invalid': problem ? true : undefined }
  const frame = (child: ReactNode) => (
    <div className={`field${full ? ' full' : ''}`}>
      <label htmlFor={id}>{label}</label>
      {child}
      {problem ? (
        <span id={note} className="problem">
          {problem}
        </span>
      ) : hint ? (
        <span id={note} className="hint">
          {hint}
        </span>
      ) : null}
    </div>
  )
  return { control, frame }
}

export function TextField({
  label,
  hint,
  problem,
  full,
  onChange,
  ...props
}: Frame & Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange'> & { onChange: (value: string) => void }) {
  const { control, frame } = useFrame({ label, hint, problem, full })
  return frame(<input className="input" {...control} {...props} onChange={(event) => onChange(event.target.value)} />)
}

export function TextArea({
  label,
  hint,
  problem,
  full,
  onChange,
  ...props
}: Frame & Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'onChange'> & { onChange: (value: string) => void }) {
  const { control, frame } = useFrame({ label, hint, problem, full })
  return frame(
    <textarea className="input" {...control} {...props} onChange={(event) => onChange(event.target.value)} />,
  )
}

export type Option = string | { value: string; label: string }

function Options({ options }: { options: readonly Option[] }) {
  return options.map((option) => {
    const { value, label } = typeof option === 'string' ? { value: option, label: option } : option
    return (
      <option key={value} value={value}>
        {label}
      </option>
    )
  })
}

export function SelectField({
  label,
  hint,
  problem,
  full,
  options,
  onChange,
  ...props
}: Frame &
  Omit<SelectHTMLAttributes<HTMLSelectElement>, 'onChange'> & {
    options: readonly Option[]
    onChange: (value: string) => void
  }) {
  const { control, frame } = useFrame({ label, hint, problem, full })
  return frame(
    <select className="select" {...control} {...props} onChange={(event) => onChange(event.target.value)}>
      <Options options={options} />
    </select>,
  )
}

/** A select for a toolbar: its name is read, not shown. */
export function Filter({
  label,
  options,
  value,
  onChange,
}: {
  label: string
  options: Option[]
  value: string
  onChange: (value: string) => void
}) {
  return (
    <select
      className="select compact"
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      <Options options={options} />
    </select>
  )
}
