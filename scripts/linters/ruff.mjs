// Lints the Python here, and checks the form of what has one; with --write puts it into that form.
//
//   node scripts/linters/ruff.mjs lint | format [--write]
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PositionEncoding, Workspace } from '@astral-sh/ruff-wasm-nodejs'

const root = fileURLToPath(new URL('../..', import.meta.url))

// Left out: a loop's variable in a function that the loop calls at once, and zip() without strict=, which Python 3.9 lacks.
const lint = { select: ['B', 'C4', 'E', 'F', 'I', 'PIE', 'PLE', 'W'], ignore: ['B023', 'B905'] }
const areas = [
  {
    folders: ['sdk/python/quotakit'],
    formatted: true,
    options: { 'line-length': 120, 'target-version': 'py39', lint: { ...lint, isort: { 'combine-as-imports': true } } },
  },
  {
    folders: ['sdk/python/tests'],
    formatted: true,
    // An attribute that is read so that it raises; imports stand in the order in which the path to them is set.
    options: { 'line-length': 120, 'target-version': 'py39', lint: { ...lint, ignore: [...lint.ignore, 'B018', 'I'], pycodestyle: { 'max-line-length': 160 } } },
  },
  {
    folders: ['bench', 'demo', 'scripts', 'tests'],
    formatted: false,
    options: { 'line-length': 160, 'target-version': 'py311', lint: { ...lint, ignore: [...lint.ignore, 'I', 'E701'] } },
    // Requests written out byte by byte, and tables.
    wide: [/^tests\/test_(alerts|api|courier|gateway|gateway_attacks|gateway_failures|gateway_hostile|gateway_tls|gateway_wire|hostile_owner|log|openapi)\.py$/, /^bench\/(dashboard|http)\/run\.py$/],
  },
]

function* python(folder) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) {
      if (!['node_modules', '__pycache__', 'dist', 'build'].includes(entry.name)) yield* python(path)
    } else if (entry.isFile() && (entry.name.endsWith('.py') || (!entry.name.includes('.') && isScript(path)))) yield path
  }
}

function isScript(path) {
  return statSync(join(root, path)).size < 1e6 && /^#!.*\bpython/.test(readFileSync(join(root, path), 'utf8'))
}

function linted({ options, wide = [] }, workspace, path, text) {
  const limit = wide.some((pattern) => pattern.test(path)) ? Infinity : options['line-length']
  return workspace
    .check(text)
    .filter(({ code }) => code !== 'E501' || limit !== Infinity)
    .map(({ code, message, start_location: at }) => `${path}:${at.row}:${at.column}: ${code ?? ''} ${message}`)
}

function formed({ formatted }, workspace, path, text, write) {
  const wanted = formatted ? workspace.format(text) : text
  if (wanted === text) return []
  if (!write) return [`${path} is not in form; scripts/lint --write mends it`]
  writeFileSync(join(root, path), wanted)
  return []
}

const [what, how] = process.argv.slice(2)
const work = { lint: linted, format: formed }[what]
let files = 0
const wrong = areas.flatMap((area) => {
  const workspace = new Workspace(area.options, PositionEncoding.Utf16)
  return area.folders.flatMap(function look(folder) {
    return [...python(folder)].flatMap((path) => (files++, work(area, workspace, path, readFileSync(join(root, path), 'utf8'), how === '--write')))
  })
})
for (const line of wrong) console.log(line)
process.exit(wrong.length > 0 || files === 0 ? 1 : 0)
