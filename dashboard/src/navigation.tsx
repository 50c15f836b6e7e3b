import { lazy } from 'react'
import { later } from './ui/later'
import { ProjectsPage } from './pages/projects/ProjectsPage'

// Projects is where everybody lands; the others are loaded when they are opened.
const AnalyticsPage = later(() => import('./pages/analytics/AnalyticsPage'))
// The largest of them comes while the server is asked who is signed in.
if (location.pathname.startsWith('/analytics')) AnalyticsPage.load()

/** The pages in the order of the header's row. The first is shown at every other address. */
export const pages = [
  { href: '/projects', name: 'Projects', Page: ProjectsPage },
  { href: '/analytics', name: 'Analytics', Page: AnalyticsPage },
  { href: '/services', name: 'Services', Page: lazy(() => import('./pages/services/ServicesPage')) },
  { href: '/keys', name: 'API Keys', Page: lazy(() => import('./pages/keys/KeysPage')) },
  { href: '/settings', name: 'Settings', Page: lazy(() => import('./pages/settings/SettingsPage')) },
  { href: '/guide', name: 'Guide', Page: lazy(() => import('./pages/guide/GuidePage')) },
]

export const pageAt = (pathname: string) => pages.find(({ href }) => pathname.startsWith(href)) ?? pages[0]
