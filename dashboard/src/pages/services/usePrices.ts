import { useQueryClient } from '@tanstack/react-query'

export function useReloadPrices() {
  const client = useQueryClient()
  return () =>
    Promise.all(
      ['services', 'models', 'prices', 'unpriced'].map((name) => client.invalidateQueries({ queryKey: [name] })),
    )
}
