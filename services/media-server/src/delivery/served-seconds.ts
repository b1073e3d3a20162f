import { counter } from '@livepods/service'
import { Rate } from '../hub/rate.ts'

/** Players ask for segments of several seconds, and for some at once when they begin. */
const SECONDS = 10

const servedSeconds = counter({
  name: 'served_media_seconds_total',
  help: 'Seconds of media that were sent to viewers of HLS and DASH: as many per second as there are viewers.',
})

/** Viewers of HLS and DASH: they have no connection of their own, so what they are sent is counted. One is sent one second per second. */
export class ServedSeconds {
  readonly #rate = new Rate(SECONDS)

  /** @param now milliseconds of a clock that is never set */
  add(seconds: number, now: number): void {
    servedSeconds.inc(seconds)
    this.#rate.add(seconds, now)
  }

  count(now: number): number {
    return Math.round(this.#rate.at(now))
  }
}
