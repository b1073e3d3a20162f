/** What a photo may cost the detector, in canvases of 512 × 512 pixels. */
const MAX_CANVASES = 12
const CANVAS_PIXELS = 512 ** 2
/** Half of image-processor's CALL_WITHIN_SECONDS: no look begins later than so many milliseconds after the budget was made. */
const WITHIN_MS = 5000

/** How far the detector may still go on one photo. */
export class LookBudget {
  /** A look was left out: there may be faces that nobody has seen. */
  incomplete = false
  readonly #until: number
  #pixels = MAX_CANVASES * CANVAS_PIXELS

  constructor({ withinMs = WITHIN_MS, now = performance.now() }: { withinMs?: number | undefined; now?: number } = {}) {
    this.#until = now + withinMs
  }

  /** Whether canvases of so many pixels in all are within what is left. */
  covers(pixels: number): boolean {
    return pixels <= this.#pixels
  }

  /** Takes the pixels of one canvas off what is left; false, and the photo is incomplete, when there is too little of them or of time. */
  spend(pixels: number, now = performance.now()): boolean {
    if (now > this.#until || !this.covers(pixels)) {
      this.incomplete = true
      return false
    }
    this.#pixels -= pixels
    return true
  }
}
