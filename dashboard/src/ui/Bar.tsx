import type { Level } from './Status'

interface Props {
  /** In percent of the limit. */
  used: number
  held?: number
  /** How far the window has gone, in percent: where an even pace would stand. */
  pace?: number | null
  level: Level
  thick?: boolean
  /** Read aloud; without it the bar is decoration beside a written number. */
  label?: string
}

/** What is used of a limit, what is held besides, and a mark for an even pace. */
export function Bar({ used, held = 0, pace, level, thick, label }: Props) {
  const clamp = (value: number) => Math.max(0, Math.min(100, value))
  const width = clamp(used)
  return (
    <div
      className={`bar${thick ? ' thick' : ''}`}
      {...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true })}
    >
      <svg preserveAspectRatio="none" viewBox="0 0 100 10">
        <rect className={`used ${level}`} width={width > 0 ? Math.max(width, 0.6) : 0} height="10" />
        {held > 0 && <rect className="held" x={width} width={clamp(width + held) - width} height="10" />}
        {pace != null && pace > 0 && pace < 100 && <rect className="pace" x={pace} width="0.5" height="10" />}
      </svg>
    </div>
  )
}
