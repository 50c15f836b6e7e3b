import { useQuery } from '@tanstack/react-query'
import { api } from '../../api'
import { problemText } from '../../api/http'
import { useParam } from '../../router'
import { useIsOwner } from '../../session'
import { Problem } from '../../ui/Notice'
import { Tabs } from '../../ui/Tabs'
import { AccountForm } from './AccountForm'
import { AlertRecipients } from './AlertRecipients'
import { ExportTab } from './ExportTab'
import { MembersTab } from './MembersTab'
import { NotificationsTab } from './NotificationsTab'
import { ProfileTab } from './ProfileTab'
import { StatementsTab } from './StatementsTab'
import './settings.css'

function AccountTab() {
  const query = useQuery({ queryKey: ['settings'], queryFn: api.settings })
  if (query.isError) return <Problem>{problemText(query.error)}</Problem>
  return query.data ? <AccountForm settings={query.data} /> : null
}

export default function SettingsPage() {
  const owner = useIsOwner()
  const [tab, setTab] = useParam('tab', 'account')
  const tabs = [
    { id: 'account', name: 'Account', body: () => <AccountTab /> },
    { id: 'statements', name: 'Statements', body: () => <StatementsTab /> },
    { id: 'alerts', name: 'Alert addresses', body: () => <AlertRecipients /> },
    { id: 'notifications', name: 'Notifications', body: () => <NotificationsTab /> },
    { id: 'members', name: 'Members', body: () => <MembersTab /> },
    { id: 'profile', name: 'Profile', body: () => <ProfileTab /> },
    ...(owner ? [{ id: 'export', name: 'Data export', body: () => <ExportTab /> }] : []),
  ]
  return (
    <div className="page narrow">
      <div className="page-head">
        <h1>Settings</h1>
      </div>
      <Tabs
        label="Settings"
        tabs={tabs}
        selected={tabs.some(({ id }) => id === tab) ? tab : 'account'}
        onSelect={(id) => setTab(id)}
      />
    </div>
  )
}
