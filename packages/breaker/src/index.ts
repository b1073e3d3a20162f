export { Breaker, type BreakerOptions } from './breaker.ts'
export { BreakerOpen } from './breaker-open.ts'
export type { BreakerState, Transition } from './history.ts'
