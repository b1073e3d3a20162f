/** Undoes a fault. */
export type Heal = () => Promise<void> | void

/** The fault cannot be had here; the message says why. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError'
  readonly code = 'FAULT_UNAVAILABLE'
}

/** A kind of fault. */
export interface Nemesis<S> {
  /** What it does, as part of a sentence; the report has it. */
  does: string
  /** What it may be done to. */
  targets: readonly string[]
  /** It is over at once. */
  instant?: true
  /** Answers with what ends it, or nothing when it is over. Throws UnavailableError. */
  begin(subject: S, fault: Fault, signal: AbortSignal): Heal | Promise<Heal> | Promise<void>
}

/** By name. */
export type Nemeses<S = never> = Readonly<Record<string, Nemesis<S>>>

export interface Fault {
  /** Seconds after the storm began. */
  at: number
  /** The name of its kind. */
  nemesis: string
  /** One of the targets of its kind, or several with "+": processes in the order of their start. */
  target: string
  /** 0: over at once. */
  seconds: number
  /** What the nemesis needs besides: milliseconds of latency or bytes before a cut. */
  amount?: number
}

/** A fault as it was: times in milliseconds since 1970. */
export interface PlayedFault extends Fault {
  beganAt: number
  endedAt: number
  /** Why it could not be had. */
  skipped?: string
}

/** One line of the schedule. */
export function describeFault({ at, nemesis, target, seconds, amount }: Fault): string {
  const more = amount === undefined ? '' : nemesis === 'cut' ? ` after ${amount} bytes` : ` of ${amount} ms`
  return `${at.toFixed(1).padStart(7)} s  ${nemesis.padEnd(13)} ${target}${more}${seconds > 0 ? `  for ${seconds} s` : ''}`
}
