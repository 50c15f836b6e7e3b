import { Button as AriaButton, type ButtonProps } from 'react-aria-components'

type Props = Omit<ButtonProps, 'className'> & { kind?: string; 'aria-haspopup'?: 'dialog' | 'menu' }

/** `kind` is any of: primary, danger, quiet, small, icon. */
export function Button({ kind = '', ...props }: Props) {
  return <AriaButton {...props} className={`button ${kind}`} />
}
