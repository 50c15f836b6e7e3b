import { Suspense } from 'react'
import { Boundary } from './ui/Boundary'
import { Problem } from './ui/Notice'
import { Toasts } from './ui/Toasts'
import { pageAt } from './navigation'
import { Gate } from './pages/sign-in/Gate'
import { Shell } from './Shell'
import { useLocation } from './router'
import { SessionProvider, useMe } from './session'

export function App() {
  const { pathname } = useLocation()
  const me = useMe()
  if (me.isPending) return null
  if (me.isError && !me.data) {
    return (
      <main className="gate">
        <Problem>The server could not be reached. This page tries again by itself.</Problem>
      </main>
    )
  }
  if (!me.data || pathname === '/join' || pathname === '/confirm') return <Gate signedIn={Boolean(me.data)} />
  const { Page } = pageAt(pathname)
  return (
    <SessionProvider value={me.data}>
      <Shell>
        <Boundary key={pathname}>
          <Suspense fallback={<div className="page" aria-busy="true" />}>
            <Page />
          </Suspense>
        </Boundary>
      </Shell>
      <Toasts />
    </SessionProvider>
  )
}
