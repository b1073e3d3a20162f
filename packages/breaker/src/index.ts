export { Breaker, type BreakerOptions } from './breaker.ts'
export { BreakerOpenError } from './breaker-open-error.ts'
export { type BreakerState, KEPT_TRANSITIONS, type Transition } from './history.ts'
