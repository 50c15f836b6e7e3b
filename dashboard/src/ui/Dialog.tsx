import { type FormEvent, type ReactNode, useState } from 'react'
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { problemText } from '../api/http'
import { Button } from './Button'
import { Icon } from './Icon'
import { Problem } from './Notice'

interface Props {
  title: ReactNode
  onClose: () => void
  children: ReactNode
  wide?: boolean
  alert?: boolean
  /** What it shows is not shown again: Escape does not close it. */
  keep?: boolean
}

export function Dialog({ title, onClose, children, wide, alert, keep }: Props) {
  return (
    <ModalOverlay
      className="overlay"
      isOpen
      isDismissable={!alert && !keep}
      isKeyboardDismissDisabled={keep}
      onOpenChange={(open) => !open && onClose()}
    >
      <Modal className={`dialog${wide ? ' wide' : ''}`}>
        <AriaDialog role={alert ? 'alertdialog' : 'dialog'}>
          <header>
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            <Button kind="quiet icon" aria-label="Close" onPress={onClose}>
              <Icon name="close" />
            </Button>
          </header>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}

interface FormProps extends Props {
  action: string
  onSubmit: () => Promise<unknown>
  danger?: boolean
  disabled?: boolean
  /** Stays open afterwards, to show what came of it. */
  stay?: boolean
}

/** A dialog with one form: closes when the server has taken it, else says why not. */
export function FormDialog({ action, onSubmit, danger, disabled, stay, children, ...props }: FormProps) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (busy || disabled) return
    setBusy(true)
    setProblem(null)
    try {
      await onSubmit()
      if (!stay) props.onClose()
    } catch (error) {
      setProblem(problemText(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog {...props}>
      <form onSubmit={submit}>
        <div className="content">
          {children}
          {problem && <Problem>{problem}</Problem>}
        </div>
        <footer>
          <Button onPress={props.onClose}>Cancel</Button>
          <Button kind={danger ? 'danger' : 'primary'} type="submit" isDisabled={busy || disabled}>
            {busy ? 'Saving…' : action}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
