import { type ReactNode, useRef } from 'react'
import { Tab, TabList, TabPanel, Tabs as AriaTabs } from 'react-aria-components'
import { useInView } from './useInView'

export interface TabEntry {
  id: string
  name: ReactNode
  body: () => ReactNode
}

export function Tabs({
  label,
  tabs,
  selected,
  onSelect,
}: {
  label: string
  tabs: TabEntry[]
  selected: string
  onSelect: (id: string) => void
}) {
  const list = useRef<HTMLDivElement>(null)
  useInView(list, '[aria-selected="true"]', selected)
  return (
    <AriaTabs className="tabs" selectedKey={selected} onSelectionChange={(key) => onSelect(String(key))}>
      <TabList ref={list} aria-label={label}>
        {tabs.map((tab) => (
          <Tab key={tab.id} id={tab.id}>
            {tab.name}
          </Tab>
        ))}
      </TabList>
      {tabs.map((tab) => (
        <TabPanel key={tab.id} id={tab.id}>
          {tab.body()}
        </TabPanel>
      ))}
    </AriaTabs>
  )
}
