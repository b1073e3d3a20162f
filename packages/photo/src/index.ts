export { FINAL, isFinal } from './final.ts'
export { type FaceBearing, FINAL_BY_FACES, FOLLOW_FACES, PERSON_OF_FACES, personOf, verdictOn } from './follow-faces.ts'
export {
  isOutcome,
  OUTCOMES,
  type Outcome,
  RETRIABLE_OUTCOMES,
  type RecognisedOutcome,
  type RetriableOutcome,
  statusOf,
} from './outcome.ts'
export { GOOD_QUALITY } from './quality.ts'
export { RE_MATCH } from './re-match.ts'
export { IN_STATE, STATES, type State, stateOf } from './state.ts'
export { STATUS, STATUSES, type Status, statusName } from './status.ts'
