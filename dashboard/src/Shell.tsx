import { type ReactNode, useEffect, useRef } from 'react'
import { Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { api } from './api'
import { pageAt, pages } from './navigation'
import { navigate, useLocation } from './router'
import { useEnter, useSession } from './session'
import { type Theme, useTheme } from './theme'
import { Button } from './ui/Button'
import { Icon } from './ui/Icon'
import { Link } from './ui/Link'
import { useInView } from './ui/useInView'

function Navigation() {
  const { pathname } = useLocation()
  const current = pageAt(pathname)
  useEffect(() => {
    document.title = `${current.name} · QuotaKit`
  }, [current])
  // On a narrow screen the row scrolls: the page that is open should be seen in it.
  const row = useRef<HTMLElement>(null)
  useInView(row, '[aria-current]', current)
  return (
    <nav ref={row} className="shell-nav" aria-label="Pages">
      {pages.map(({ href, name }) => (
        <Link key={href} href={href} aria-current={href === current.href ? 'page' : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  )
}

const themes = {
  system: ['system', 'System theme'],
  light: ['sun', 'Light theme'],
  dark: ['moon', 'Dark theme'],
} as const

function ThemeSwitch() {
  const [theme, setTheme] = useTheme()
  return (
    <MenuTrigger>
      <Button kind="quiet icon" aria-label={`Theme: ${theme}`}>
        <Icon name={themes[theme][0]} />
      </Button>
      <Popover className="popover" placement="bottom end">
        <Menu
          className="menu"
          aria-label="Theme"
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[theme]}
          onSelectionChange={(keys) => setTheme([...(keys as Set<Theme>)][0])}
        >
          {(Object.keys(themes) as Theme[]).map((name) => (
            <MenuItem key={name} id={name} textValue={themes[name][1]}>
              <Icon name={themes[name][0]} />
              {themes[name][1]}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}

function AccountMenu() {
  const { account, member } = useSession()
  return (
    <MenuTrigger>
      <Button kind="quiet" aria-label={`Account ${account.name}, ${member.email}`}>
        <span className="truncate account-name">{account.name}</span>
        <Icon name="down" size={14} />
      </Button>
      <Popover className="popover" placement="bottom end">
        <div className="menu-head">
          <div className="strong">{account.name}</div>
          <div className="small muted">
            {member.email} · {member.role}
          </div>
        </div>
        <Menu className="menu" aria-label="Account" onAction={(key) => navigate(String(key))}>
          <MenuItem id="/settings">Account settings</MenuItem>
          <MenuItem id="/settings?tab=members">Members</MenuItem>
          <MenuItem id="/settings?tab=profile">Profile and password</MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}

export function SignOut() {
  const enter = useEnter()
  const press = async () => {
    await api.signOut().catch(() => {})
    enter(null)
    navigate('/', { replace: true })
  }
  return (
    <Button kind="quiet" onPress={press}>
      <Icon name="out" />
      <span>Sign out</span>
    </Button>
  )
}

export function Shell({ children }: { children: ReactNode }) {
  return (
    <>
      <a className="button skip" href="#main">
        Skip to the page
      </a>
      <header className="shell-header">
        <Link className="brand" href="/projects">
          <img src="/logo.svg" alt="" width="26" height="26" />
          QuotaKit
        </Link>
        <Navigation />
        <AccountMenu />
        <ThemeSwitch />
        <SignOut />
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </>
  )
}
