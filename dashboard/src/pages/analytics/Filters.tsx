import { useQuery } from '@tanstack/react-query'
import { type UsageQuery, api } from '../../api'
import { navigate, withParams } from '../../router'
import { type Option, Filter } from '../../ui/Field'

/** Keeps a value that came by the URL in the list, also when the list does not know it. */
function options(all: string, values: string[], value: string): Option[] {
  const list = value && !values.includes(value) ? [value, ...values] : values
  return [{ value: '', label: all }, ...list]
}

export function Filters({ query }: { query: UsageQuery }) {
  const tree = useQuery({ queryKey: ['tree'], queryFn: api.tree, staleTime: 30_000 })
  const models = useQuery({
    queryKey: ['used-models', query.since, query.until],
    queryFn: () => api.breakdown({ since: query.since, until: query.until }, 'model'),
    staleTime: 60_000,
  })
  const nodes = tree.data?.nodes ?? []
  const unique = (values: (string | null)[]) =>
    [...new Set(values.filter((value): value is string => Boolean(value)))].sort()
  const lists = {
    path: ['All paths', nodes.map((node) => node.path)],
    service: ['All services', unique(nodes.map((node) => node.service))],
    model: ['All models', unique((models.data?.rows ?? []).map((row) => row.key))],
    tag: ['All tags', unique(nodes.flatMap((node) => node.tags))],
  } as const
  return (Object.keys(lists) as (keyof typeof lists)[]).map((name) => (
    <Filter
      key={name}
      label={name.charAt(0).toUpperCase() + name.slice(1)}
      value={query[name] ?? ''}
      options={options(lists[name][0], [...lists[name][1]], query[name] ?? '')}
      onChange={(value) => navigate(withParams({ [name]: value }))}
    />
  ))
}
