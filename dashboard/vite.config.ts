import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { type Plugin, defineConfig } from 'vite'

/** Writes NAME.br and NAME.gz beside each text: the gateway sends them as they are, it does not compress. */
function compressed(): Plugin {
  let out = ''
  return {
    name: 'compressed',
    apply: 'build',
    configResolved: (config) => void (out = join(config.root, config.build.outDir)),
    closeBundle() {
      for (const name of readdirSync(out, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(js|css|html|svg)$/.test(name)) continue
        const text = readFileSync(join(out, name))
        writeFileSync(join(out, `${name}.br`), brotliCompressSync(text))
        writeFileSync(join(out, `${name}.gz`), gzipSync(text, { level: 9 }))
      }
    },
  }
}

// The gateway serves dist/. Nothing is inlined: its Content-Security-Policy allows
// scripts, styles and images from its own origin only.
export default defineConfig({
  plugins: [react(), compressed()],
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { '/api': process.env.QUOTAKIT_GATEWAY ?? 'http://127.0.0.1:8080' } },
})
