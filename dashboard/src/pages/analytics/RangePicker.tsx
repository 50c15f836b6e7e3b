import { parseDate } from '@internationalized/date'
import {
  Button as AriaButton,
  CalendarCell,
  CalendarGrid,
  DateInput,
  DateRangePicker,
  DateSegment,
  Dialog,
  Group,
  Heading,
  Popover,
  RangeCalendar,
} from 'react-aria-components'
import { navigate, withParams } from '../../router'
import { Segmented } from '../../ui/Choices'
import { Icon } from '../../ui/Icon'
import type { Range, RangeName } from './range'

function Segments({ slot }: { slot: 'start' | 'end' }) {
  return (
    <DateInput slot={slot} className="date-input">
      {(segment) => <DateSegment segment={segment} className="date-segment" />}
    </DateInput>
  )
}

function Custom({ range }: { range: Range }) {
  return (
    <DateRangePicker
      aria-label="Custom range"
      value={{ start: parseDate(range.since), end: parseDate(range.until) }}
      onChange={(value) =>
        value &&
        navigate(withParams({ range: 'custom', since: value.start.toString(), until: value.end.toString() }), {
          replace: true,
        })
      }
    >
      <Group className="date-range input compact">
        <Segments slot="start" />
        <span aria-hidden="true">–</span>
        <Segments slot="end" />
        <AriaButton className="button quiet icon small" aria-label="Calendar">
          <Icon name="down" size={14} />
        </AriaButton>
      </Group>
      <Popover className="popover">
        <Dialog className="calendar-dialog">
          <RangeCalendar className="calendar">
            <header>
              <AriaButton slot="previous" className="button quiet icon small">
                <span className="flip">
                  <Icon name="chevron" />
                </span>
              </AriaButton>
              <Heading level={3} />
              <AriaButton slot="next" className="button quiet icon small">
                <Icon name="chevron" />
              </AriaButton>
            </header>
            <CalendarGrid>{(day) => <CalendarCell date={day} className="calendar-cell" />}</CalendarGrid>
          </RangeCalendar>
        </Dialog>
      </Popover>
    </DateRangePicker>
  )
}

export function RangePicker({ range }: { range: Range }) {
  const choose = (name: RangeName) =>
    navigate(
      withParams(
        name === 'custom'
          ? { range: name, since: range.since, until: range.until }
          : { range: name === '30d' ? null : name, since: null, until: null },
      ),
    )
  return (
    <>
      <Segmented<RangeName>
        label="Range"
        value={range.name}
        onChange={choose}
        options={[
          { value: 'today', label: 'Today' },
          { value: '7d', label: '7d' },
          { value: '30d', label: '30d' },
          { value: 'custom', label: 'Custom' },
        ]}
      />
      {range.name === 'custom' && <Custom range={range} />}
    </>
  )
}
