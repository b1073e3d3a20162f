/**
 * Below CALL_WITHIN_SECONDS of image-processor, so that it gets an answer for its photo: a deadline that passes without one counts as a
 * fault of the server.
 */
export const ANSWER_WITHIN_SECONDS = 8

/** A part of what is left of a call goes to the way back. */
const PART = 0.8

/** Milliseconds in which a call with this deadline (milliseconds since 1970) is answered. */
export function answerWithinMs(deadline: number, now = Date.now()): number {
  return Math.max(0, Math.min(ANSWER_WITHIN_SECONDS * 1000, PART * (deadline - now)))
}
