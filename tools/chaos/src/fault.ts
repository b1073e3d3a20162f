/** Everything that the storm does, by what it is called on the command line, in the schedule and in the report. */
export const NEMESES = {
  kill: 'SIGKILL; the process is started again at once',
  term: 'SIGTERM; the process is started again when it has ended',
  stop: 'SIGSTOP, and SIGCONT at the end',
  roll: 'a second process is started, then the first gets SIGTERM',
  'wrong-order': 'several are killed and started in another order than usual',
  latency: 'every piece of data is late',
  bandwidth: 'a few kilobytes a second',
  'black-hole': 'nothing passes, nothing is closed',
  reset: 'connections are reset, new ones too',
  'half-close': 'after an answer the server side closes its half',
  cut: 'connections are reset after some bytes of an answer',
  'kill-sessions': 'KILL of every session, again and again',
  deadlock: 'transactions that lock rows in other orders',
  'disk-full': 'no byte is left where the database keeps its files',
  duplicates: 'messages come again and again, also for photos that are final, and some mean nothing',
  'slow-faces': 'face-recognition takes seconds for each photo',
  'failing-faces': 'face-recognition fails every call',
  'store-away': 'the store of pictures answers 503 to everything',
  'store-slow': 'the store takes seconds for every answer',
  'store-lies': 'every second photo from the store is cut off, another one, a page, or not found',
  'known-gone': 'the known people are not in the store any more, and come back',
} as const

export type Nemesis = keyof typeof NEMESES

/** Faults that wait for the one moment in which a certain mistake does harm, so that no speed of the machine decides whether it is met. */
export const SITUATIONS = {
  'outlived-lease': 'a process sleeps with photos in hand until another one has finished one of them, and then goes on',
  'queue-gone': 'nsqd is away, and its messages with it, until photos have been accepted without it',
  'repeated-message': 'messages about final photos come again until they have been handled',
  'crash-after-answer': 'SIGKILL as soon as a photo has been accepted',
  'crash-between-writes': 'SIGKILL of who has made a photo final, as soon as it has and its faces are not there',
} as const

export type Situation = keyof typeof SITUATIONS

export function isSituation(nemesis: Nemesis | Situation): nemesis is Situation {
  return Object.hasOwn(SITUATIONS, nemesis)
}

export interface Fault {
  /** Seconds after the storm began. */
  at: number
  nemesis: Nemesis | Situation
  /** A process ("receiver"), an edge ("receiver→database"), or several processes in the order of their start, with "+". */
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
