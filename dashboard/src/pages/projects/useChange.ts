import { useQueryClient } from '@tanstack/react-query'

/** Asks again for all that a change of paths or policies may have moved. */
export function useRefresh() {
  const client = useQueryClient()
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['tree'] }),
      client.invalidateQueries({ queryKey: ['node'] }),
      client.invalidateQueries({ queryKey: ['audit'] }),
      client.invalidateQueries({ queryKey: ['me'] }),
      client.invalidateQueries({ queryKey: ['alerts'] }),
      client.invalidateQueries({ queryKey: ['alert-log'] }),
    ])
}
