import { counter, type Log, PeriodicTask } from '@livepods/service'
import { type Encoder, type EncoderOptions, startEncoder } from './encoder.ts'
import { Progress } from './progress.ts'

export interface TargetOptions extends Omit<EncoderOptions, 'url' | 'onLine'> {
  /** 1 is the first; what metrics and statuses call it. */
  number: number
  /** Where it is, without anything secret. */
  address: string
  /** What ffmpeg is given, as it is at that moment. */
  url: () => string
  /** An ffmpeg that sends no frame for so long is killed. */
  stalledMs: number
  log: Log
}

const FIRST_WAIT_MS = 300
const LONGEST_WAIT_MS = 5000
/** Of picture that was sent; then the next wait is a short one again. */
const GOOD_SECONDS = 10
const GOOD_RATE = 0.9
/** An ffmpeg that does not end after SIGTERM, since it is stopped or its target takes nothing, is killed. */
const TERMINATE_MS = 2000

const frames = counter({
  name: 'colorbar_frames_total',
  help: 'Frames sent to each target, by its number in RTMP_URL.',
  labels: ['target'],
})
const bytes = counter({ name: 'colorbar_bytes_total', help: 'Bytes of FLV sent to each target.', labels: ['target'] })
const failures = counter({
  name: 'colorbar_failures_total',
  help: 'How often the ffmpeg of each target ended unasked, or was killed since it stood still.',
  labels: ['target'],
})

/** Sends the picture to one RTMP server, with an ffmpeg of its own, so that no target holds up another; again and again when that fails. */
export class Target implements AsyncDisposable {
  readonly name: string
  readonly #options: TargetOptions
  readonly #label: { target: string }
  readonly #task: PeriodicTask
  #progress = new Progress()
  /** What went wrong last; undefined since frames move. */
  #fault: string | undefined
  /** Faults since it last was good. */
  #faults = 0

  constructor(options: TargetOptions) {
    this.#options = options
    this.name = `target ${options.number}`
    this.#label = { target: `${options.number}` }
    for (const metric of [frames, bytes, failures]) metric.inc(this.#label, 0)
    const everyMs = () => retryMs(this.#faults)
    this.#task = new PeriodicTask((signal) => this.#send(signal), { everyMs, jitter: [0.5, 1] })
  }

  start(): void {
    this.#task.start()
  }

  get status() {
    const { address } = this.#options
    return { address, rate: Number(this.#rate.toFixed(2)), fault: this.#fault }
  }

  /** Rejects unless frames move at their rate. */
  async check(): Promise<void> {
    if (this.#rate >= GOOD_RATE) return
    throw new Error(
      `${this.#options.address}: ${this.#fault ?? `frames move at ${this.#rate.toFixed(2)} of their rate`}`,
    )
  }

  /** Stops sending; ffmpeg has ended when it resolves. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#task.stop()
  }

  /** Frames that the target gets, as a part of those that it should. */
  get #rate(): number {
    return this.#progress.rate() / this.#options.picture.framesPerSecond
  }

  /** From the start of an ffmpeg to its end. */
  async #send(signal: AbortSignal): Promise<void> {
    const { stalledMs, log, address, number } = this.#options
    const url = this.#options.url()
    const progress = new Progress()
    this.#progress = progress
    let said: string[] = []
    const encoder = startEncoder({
      ...this.#options,
      url,
      onLine: (line) => {
        const before = { frames: progress.frames, bytes: progress.bytes }
        if (!progress.take(line) && line !== '') said = [...said, line].slice(-2)
        if (progress.frames > before.frames) stalled.refresh()
        if (before.frames === 0 && progress.frames > 0) {
          said = []
          this.#isSending()
        }
        frames.inc(this.#label, progress.frames - before.frames)
        bytes.inc(this.#label, progress.bytes - before.bytes)
      },
    })
    let isStalled = false
    const stalled = setTimeout(() => {
      isStalled = true
      encoder.kill('SIGKILL')
    }, stalledMs)
    const reason = await endOf(encoder, signal)
    clearTimeout(stalled)
    this.#progress = new Progress()
    if (signal.aborted) return

    if (progress.frames > GOOD_SECONDS * this.#options.picture.framesPerSecond) this.#faults = 0
    this.#faults++
    failures.inc(this.#label)
    this.#fault = isStalled
      ? `no frame was sent for ${stalledMs / 1000} s`
      : meaningOf(said, { url, address }) || reason
    const fields = { target: number, address, reason: this.#fault }
    if (this.#faults === 1) log.warn(fields, 'target failed; it is tried again')
    else log.debug(fields, 'target failed')
  }

  #isSending(): void {
    const { log, address, number } = this.#options
    this.#fault = undefined
    log.info({ target: number, address }, 'sending')
  }
}

/** The longest wait after that many faults in a row, 1 for the first. */
export function retryMs(faults: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (faults - 1))
}

/** The last lines of an ffmpeg in one, without addresses of its memory and without what is secret in the URL. */
function meaningOf(said: string[], { url, address }: { url: string; address: string }): string {
  const lines = said.map((line) => line.replace(/^\[.*?\] /, ''))
  // "rtmp://…: Connection refused": it is said anyway where this comes from.
  const short = lines.map((line) => (line.startsWith(`${url}: `) ? line.slice(url.length + 2) : line))
  return short.join('; ').replaceAll(url, address)
}

/** Why an ffmpeg ended; it is made to when the signal aborts. */
async function endOf(encoder: Encoder, signal: AbortSignal): Promise<string> {
  let killing: NodeJS.Timeout | undefined
  const terminate = () => {
    encoder.kill('SIGTERM')
    killing = setTimeout(() => encoder.kill('SIGKILL'), TERMINATE_MS)
  }
  signal.addEventListener('abort', terminate)
  if (signal.aborted) terminate()
  const reason = await encoder.ended
  signal.removeEventListener('abort', terminate)
  clearTimeout(killing)
  return reason
}
