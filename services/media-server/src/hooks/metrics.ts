import { counter } from '@livepods/service'

export const hookCalls = counter({
  name: 'hook_calls_total',
  help: 'Hooks: allowed, refused, unreachable (no answer in time), told, dropped (no answer at all, or too many waited).',
  labels: ['hook', 'result'],
})
