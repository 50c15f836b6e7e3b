import { type ReactNode, useEffect, useRef } from 'react'
import { Tab, TabList, TabPanel, Tabs as AriaTabs } from 'react-aria-components'

export interface TabEntry {
  id: string
  name: ReactNode
  body: () => ReactNode
}

export function Tabs({ label, tabs, selected, onSelect }: { label: string; tabs: TabEntry[]; selected: string; onSelect: (id: string) => void }) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const list = box.current?.querySelector('[role="tablist"]')
    const tab = list?.querySelector<HTMLElement>('[aria-selected="true"]')
    if (list && tab) list.scrollLeft = Math.max(0, tab.offsetLeft + tab.offsetWidth - list.clientWidth)
  }, [selected])
  return (
    <AriaTabs ref={box} className="tabs" selectedKey={selected} onSelectionChange={(key) => onSelect(String(key))}>
      <TabList aria-label={label}>
        {tabs.map((tab) => <Tab key={tab.id} id={tab.id}>{tab.name}</Tab>)}
      </TabList>
      {tabs.map((tab) => <TabPanel key={tab.id} id={tab.id}>{tab.body()}</TabPanel>)}
    </AriaTabs>
  )
}
