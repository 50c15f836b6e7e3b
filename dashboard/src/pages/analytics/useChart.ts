import { BarChart, LineChart, TreemapChart } from 'echarts/charts'
import { AriaComponent, GridComponent, TooltipComponent } from 'echarts/components'
import { type EChartsCoreOption, type EChartsType, init, use as register } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'

register([BarChart, LineChart, TreemapChart, GridComponent, TooltipComponent, AriaComponent, SVGRenderer])

/** Keeps a chart in an element: drawn once, updated when its options change, resized with the element. */
export function useChart(option: EChartsCoreOption, onPick?: (data: unknown) => void) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<EChartsType | null>(null)
  const pick = useRef(onPick)
  pick.current = onPick

  useEffect(() => {
    const instance = init(box.current, null, { renderer: 'svg' })
    chart.current = instance
    instance.on('click', (event) => pick.current?.(event.data))
    const observer = new ResizeObserver(() => instance.resize())
    observer.observe(box.current!)
    return () => {
      observer.disconnect()
      instance.dispose()
      chart.current = null
    }
  }, [])

  useEffect(() => {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches
    chart.current?.setOption({ animation: !still, animationDuration: 250, ...option }, { notMerge: true })
  }, [option])

  return box
}
