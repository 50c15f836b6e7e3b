// Checks that the C here is as .clang-format wants it; with --write puts it into that form.
//
//   node scripts/linters/clang-format.mjs [--write]
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { format } from '@wasm-fmt/clang-format/node'

const root = fileURLToPath(new URL('../..', import.meta.url))
const style = readFileSync(join(root, '.clang-format'), 'utf8')

function* sources(folder) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory() && !entry.name.startsWith('build') && entry.name !== 'node_modules') yield* sources(path)
    else if (entry.isFile() && /\.[ch]$/.test(entry.name)) yield path
  }
}

const write = process.argv[2] === '--write'
let files = 0
let wrong = 0
for (const path of ['bench', 'extension', 'gateway', 'tests'].flatMap((folder) => [...sources(folder)])) {
  files++
  const text = readFileSync(join(root, path), 'utf8')
  const wanted = format(text, path, style)
  if (wanted === text) continue
  if (write) writeFileSync(join(root, path), wanted)
  else {
    wrong++
    console.log(`${path} is not in form; scripts/lint --write mends it`)
  }
}
process.exit(wrong > 0 || files === 0 ? 1 : 0)
