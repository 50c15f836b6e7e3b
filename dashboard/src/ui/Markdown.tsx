import type { ReactNode } from 'react'

// A small, safe subset of Markdown: headings, lists, quotes, code, bold, italic, links.
// It is turned into elements, never into HTML text, so markup in a note stays text.

const INLINE =
  /(`[^`\n]+`)|(\*\*[^*\n]+\*\*)|(\*[^*\n]+\*|_[^_\n]+_)|\[([^\]\n]+)\]\(([^)\s]+)\)|(https?:\/\/[^\s<>)]+)/g

function safeHref(href: string): string | null {
  return /^(https?:\/\/|mailto:)/i.test(href) ? href : null
}

function inline(text: string): ReactNode[] {
  const out: ReactNode[] = []
  let end = 0
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, bold, italic, label, target, bare] = match
    out.push(text.slice(end, match.index))
    end = match.index + whole.length
    const key = match.index
    const href = safeHref(target ?? bare ?? '')
    if (code) out.push(<code key={key}>{code.slice(1, -1)}</code>)
    else if (bold) out.push(<strong key={key}>{inline(bold.slice(2, -2))}</strong>)
    else if (italic) out.push(<em key={key}>{inline(italic.slice(1, -1))}</em>)
    else if (href)
      out.push(
        <a key={key} href={href} rel="noopener noreferrer nofollow" target="_blank">
          {label ?? bare}
        </a>,
      )
    else out.push(whole)
  }
  out.push(text.slice(end))
  return out
}

type Kind = 'p' | 'ul' | 'ol' | 'quote' | 'code' | 'head'

function kindOf(line: string): Kind {
  if (/^#{1,4} /.test(line)) return 'head'
  if (/^\s*[-*] /.test(line)) return 'ul'
  if (/^\s*\d+[.)] /.test(line)) return 'ol'
  if (/^> ?/.test(line)) return 'quote'
  return 'p'
}

function blocks(source: string): { kind: Kind; lines: string[] }[] {
  const out: { kind: Kind; lines: string[] }[] = []
  let open = false
  let fenced = false
  for (const line of source.replaceAll('\r', '').split('\n')) {
    if (/^```/.test(line)) {
      if (!fenced) out.push({ kind: 'code', lines: [] })
      fenced = !fenced
      open = false
    } else if (fenced) {
      out[out.length - 1].lines.push(line)
    } else if (line.trim() === '') {
      open = false
    } else {
      const kind = kindOf(line)
      if (open && kind !== 'head' && out[out.length - 1].kind === kind) out[out.length - 1].lines.push(line)
      else out.push({ kind, lines: [line] })
      open = true
    }
  }
  return out
}

function Block({ kind, lines }: { kind: Kind; lines: string[] }) {
  if (kind === 'code')
    return (
      <pre tabIndex={0}>
        <code>{lines.join('\n')}</code>
      </pre>
    )
  if (kind === 'head') return <h4>{inline(lines[0].replace(/^#+ /, ''))}</h4>
  if (kind === 'quote')
    return <blockquote>{inline(lines.map((line) => line.replace(/^> ?/, '')).join(' '))}</blockquote>
  if (kind === 'p') return <p>{inline(lines.join(' '))}</p>
  const items = lines.map((line, i) => <li key={i}>{inline(line.replace(/^\s*([-*]|\d+[.)]) /, ''))}</li>)
  return kind === 'ul' ? <ul>{items}</ul> : <ol>{items}</ol>
}

export function Markdown({ source }: { source: string }) {
  return (
    <div className="markdown">
      {blocks(source).map((block, i) => (
        <Block key={i} {...block} />
      ))}
    </div>
  )
}
