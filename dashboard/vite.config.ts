import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// The gateway serves dist/ as it is. Nothing is inlined: its Content-Security-Policy
// allows scripts, styles and images from its own origin only.
export default defineConfig({
  plugins: [react()],
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { '/api': process.env.QUOTAKIT_GATEWAY ?? 'http://127.0.0.1:8080' } },
})
