import { useState } from 'react'
import { Button } from './Button'
import { Icon } from './Icon'
import { toast } from './Toasts'

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Without HTTPS there is no clipboard API; the old way still works.
    const area = document.createElement('textarea')
    area.value = text
    area.className = 'visually-hidden'
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}

export function CopyButton({
  text,
  label = 'Copy',
  name,
  kind = 'small',
}: {
  text: string
  label?: string
  name?: string
  kind?: string
}) {
  const [done, setDone] = useState(false)
  const press = async () => {
    setDone(await copy(text))
    setTimeout(() => setDone(false), 2000)
  }
  return (
    <Button kind={kind} aria-label={name} onPress={press}>
      <Icon name={done ? 'check' : 'copy'} size={14} />
      {done ? 'Copied' : label}
    </Button>
  )
}

/** Copies the query behind a card, so that the same number can be had in psql. */
export function SqlButton({ sql, of }: { sql: string | null | undefined; of: string }) {
  // Its place is kept while the answer is on its way: a header must not wrap anew.
  if (!sql)
    return (
      <span className="button quiet small unseen" aria-hidden="true">
        <Icon name="database" size={13} />
        as SQL
      </span>
    )
  const press = async () =>
    toast((await copy(sql)) ? 'The query is on the clipboard' : 'The browser did not allow copying')
  return (
    <Button kind="quiet small" aria-label={`${of} as SQL`} onPress={press}>
      <Icon name="database" size={13} />
      as SQL
    </Button>
  )
}

export function Snippet({ code, label }: { code: string; label: string }) {
  return (
    <div className="snippet">
      <pre tabIndex={0} role="group" aria-label={label}>
        <code>{code}</code>
      </pre>
      <CopyButton text={code} name={`Copy: ${label}`} />
    </div>
  )
}
