// Tooltips are built from elements and classes: no markup is taken from names, no inline style is needed.

export function tooltipNode(title: string, rows: { color?: string; name: string; value: string }[]): HTMLElement {
  const box = document.createElement('div')
  const head = document.createElement('div')
  head.className = 'strong'
  head.textContent = title
  box.append(head)
  for (const row of rows) {
    const line = document.createElement('div')
    line.className = 'tooltip-row'
    const dot = document.createElement('span')
    dot.className = 'dot'
    if (row.color) dot.style.background = row.color
    const name = document.createElement('span')
    name.className = 'grow truncate'
    name.textContent = row.name
    const value = document.createElement('span')
    value.className = 'strong'
    value.textContent = row.value
    line.append(dot, name, value)
    box.append(line)
  }
  return box
}
