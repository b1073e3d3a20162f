interface Report {
  /** performance.now() */
  at: number
  frames: number
}

/** The rate is that of so long. */
const WINDOW_MS = 3000
/** ffmpeg reports twice a second; when no frame was added for so long, they stand still. */
const STILL_MS = 1500

/** What an ffmpeg says with `-progress`. */
export class Progress {
  /** Sent since it was started. */
  frames = 0
  bytes = 0
  /** The last ones, the oldest first; each has more frames than the one before. */
  readonly #reports: Report[] = []

  /** Takes a line that is part of a report: false when it is none. */
  take(line: string, now = performance.now()): boolean {
    const [, key, value = ''] = /^([a-z0-9_]+)=\s*(\S*)$/.exec(line) ?? []
    if (key === 'frame') this.#add({ at: now, frames: Number(value) })
    // "N/A" before the first byte.
    if (key === 'total_size') this.bytes = Number(value) || this.bytes
    return key !== undefined
  }

  /** Frames a second over the last seconds; 0 when none moves. */
  rate(now = performance.now()): number {
    const [first, last] = [this.#reports[0], this.#reports.at(-1)]
    if (!first || !last || first === last || now - last.at > STILL_MS) return 0
    return ((last.frames - first.frames) * 1000) / (last.at - first.at)
  }

  #add(report: Report): void {
    if (report.frames <= this.frames) return
    this.frames = report.frames
    this.#reports.push(report)
    while ((this.#reports[0]?.at ?? report.at) < report.at - WINDOW_MS) this.#reports.shift()
  }
}
