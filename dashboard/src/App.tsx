import { Suspense, lazy } from 'react'
import { Boundary } from './ui/Boundary'
import { later } from './ui/later'
import { Problem } from './ui/Notice'
import { Toasts } from './ui/Toasts'
import { Gate } from './pages/sign-in/Gate'
import { ProjectsPage } from './pages/projects/ProjectsPage'
import { Shell } from './Shell'
import { useLocation } from './router'
import { SessionProvider, useMe } from './session'

// Projects is where everybody lands; the others are loaded when they are opened.
const AnalyticsPage = later(() => import('./pages/analytics/AnalyticsPage'))
const ServicesPage = lazy(() => import('./pages/services/ServicesPage'))
const KeysPage = lazy(() => import('./pages/keys/KeysPage'))
const SettingsPage = lazy(() => import('./pages/settings/SettingsPage'))
const GuidePage = lazy(() => import('./pages/guide/GuidePage'))
// The largest of them comes while the server is asked who is signed in.
if (location.pathname.startsWith('/analytics')) AnalyticsPage.load()

function Page({ pathname }: { pathname: string }) {
  if (pathname.startsWith('/analytics')) return <AnalyticsPage />
  if (pathname.startsWith('/services')) return <ServicesPage />
  if (pathname.startsWith('/keys')) return <KeysPage />
  if (pathname.startsWith('/settings')) return <SettingsPage />
  if (pathname.startsWith('/guide')) return <GuidePage />
  return <ProjectsPage />
}

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
  return (
    <SessionProvider value={me.data}>
      <Shell>
        <Boundary key={pathname}>
          <Suspense fallback={<div className="page" aria-busy="true" />}>
            <Page pathname={pathname} />
          </Suspense>
        </Boundary>
      </Shell>
      <Toasts />
    </SessionProvider>
  )
}
