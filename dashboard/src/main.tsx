import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App'
import { ApiProblem, forget, whenSignedOut } from './api/http'
import './css/base.css'
import './css/ui.css'
import './css/shell.css'

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (times, error) => times < 3 && !(error instanceof ApiProblem && error.status < 500),
    },
  },
})

whenSignedOut(() => {
  forget()
  client.setQueryData(['me'], null)
})

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
)
