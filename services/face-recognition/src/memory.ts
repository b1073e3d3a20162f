import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Memory that `release` gives back to the system: pages of its own, where malloc would keep pieces. */
export function borrow(bytes: number): ArrayBuffer {
  return new ArrayBuffer(bytes, { maxByteLength: bytes })
}

/**
 * Frees the memory behind a view at once; its numbers are gone. The garbage collector would come late: to it, a hundred megabytes outside of
 * its heap are no reason to hurry.
 */
export function release({ buffer, byteLength }: NodeJS.ArrayBufferView): void {
  if (!(buffer instanceof ArrayBuffer) || byteLength !== buffer.byteLength) return
  if (buffer.resizable) buffer.resize(0)
  else buffer.transfer(0)
}

/**
 * Keeps the part of this thread's heap small in which objects are young: a hundred thousand files that are looked at would make it grow to
 * 48 MB, which stay. Call it early.
 */
export function keepYoungHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

/**
 * Lets the heap grow by as much as is in use before garbage is collected. Pictures that come in count for it although they are not in it: a
 * full queue of them would make the collector stop this thread, ten milliseconds each time, every half second. Call it early.
 */
export function collectSeldom(): void {
  setFlagsFromString('--heap-growing-percent=100')
}

/** Frees what this thread does not use any more. It stops meanwhile: for the end of a start, before anybody is served. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options: object) => void
  setFlagsFromString('--no-expose-gc')
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
