import type { Enforcement } from '../../api'

export const enforcements: Record<Enforcement, { name: string; meaning: string }> = {
  open: { name: 'Open', meaning: 'Records only. Nothing is ever stopped.' },
  block: { name: 'Block', meaning: 'Stops calls once the recorded spend has reached the limit. Calls under way may pass it a little.' },
  strict: { name: 'Strict', meaning: 'Reserves before each call, so that all processes together cannot pass the limit.' },
  shadow: { name: 'Shadow', meaning: 'Decides like strict but stops nothing; shows what it would have refused.' },
}
