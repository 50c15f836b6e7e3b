import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, useContext } from 'react'
import { type Me, api } from './api'
import { ApiProblem, forget, setCsrf } from './api/http'

/** Who is signed in: undefined while unknown, null for nobody. */
export function useMe() {
  return useQuery({
    queryKey: ['me'],
    queryFn: async (): Promise<Me | null> => {
      try {
        const me = await api.me()
        setCsrf(me.csrf)
        return me
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 401) return null
        throw error
      }
    },
    staleTime: 60_000,
  })
}

/** Takes a new session over, and with it drops all that belonged to the one before. */
export function useEnter() {
  const client = useQueryClient()
  return (me: Me | null) => {
    forget()
    setCsrf(me?.csrf ?? '')
    client.setQueryData(['me'], me)
    client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'me' })
  }
}

const SessionContext = createContext<Me | null>(null)
export const SessionProvider = SessionContext.Provider

export function useSession(): Me {
  const me = useContext(SessionContext)
  if (!me) throw new Error('no session')
  return me
}

export function useCanEdit(): boolean {
  return useSession().member.role !== 'viewer'
}

export function useIsOwner(): boolean {
  return useSession().member.role === 'owner'
}
