/** What a photo may cost the detector, in canvases of 512 × 512 pixels. */
const MAX_CANVASES = 12
const CANVAS_PIXELS = 512 ** 2
/** Well below half of image-processor's CALL_WITHIN_SECONDS, since decoding, waiting and describing take their part: looks end within this. */
const WITHIN_MS = 3000

/** How far the detector may still go on one photo. */
export class LookBudget {
  /** A look was left out: there may be faces that nobody has seen. */
  incomplete = false
  readonly #begun: number
  readonly #withinMs: number
  #spent = 0

  constructor({ withinMs = WITHIN_MS, now = performance.now() }: { withinMs?: number | undefined; now?: number } = {}) {
    this.#begun = now
    this.#withinMs = withinMs
  }

  /** Whether canvases of so many pixels in all are within what is left. */
  covers(pixels: number): boolean {
    return this.#spent + pixels <= MAX_CANVASES * CANVAS_PIXELS
  }

  /** Takes the pixels of a canvas that every photo needs off what is left, however late it is. */
  take(pixels: number): boolean {
    this.#spent += pixels
    return true
  }

  /**
   * Takes the pixels of one canvas off what is left; false, and the photo is incomplete, when there is too little of them or, at the pace so
   * far, of time.
   */
  spend(pixels: number, now = performance.now()): boolean {
    const pace = this.#spent === 0 ? 0 : (now - this.#begun) / this.#spent
    if (now - this.#begun + pace * pixels > this.#withinMs || !this.covers(pixels)) {
      this.incomplete = true
      return false
    }
    this.#spent += pixels
    return true
  }
}
