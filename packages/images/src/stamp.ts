import { hash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'

/** What a file is at one moment. */
export interface FileState {
  /** Changes whenever the content does, and is the same for all readers of the same store; at most 64 characters of ASCII. */
  stamp: string
  /** Milliseconds since it last changed, by the clock of the store; 0 while it changes. */
  ageMs: number
}

/**
 * Of a file: size and both times. The time of change (ctime) is the file system's own, which no `cp -p` sets back; the other one is for
 * file systems that do not keep it.
 */
export function stampOfFile({ size, mtimeNs, ctimeNs }: Pick<BigIntStats, 'size' | 'mtimeNs' | 'ctimeNs'>): string {
  return [size, mtimeNs, ctimeNs].map((number) => number.toString(36)).join('-')
}

/** Of an object: size and ETag, without the quotes; what is too long, or no plain text, as its SHA-256. */
export function stampOfObject({ length = 0, etag, at }: ObjectState): string {
  const mark = etag.replace(/^W\//, '').replaceAll('"', '') || `at-${at.getTime().toString(36)}`
  const stamp = `${length.toString(36)}-${mark}`
  return /^[!-~]{1,64}$/.test(stamp) ? stamp : hash('sha256', stamp)
}

interface ObjectState {
  /** Undefined where the service does not say it. */
  length: number | undefined
  etag: string
  /** When it was put. */
  at: Date
}

export function stateOfObject(object: ObjectState): FileState {
  return { stamp: stampOfObject(object), ageMs: ageOf(object.at.getTime()) }
}

/** Never negative, although the clock of the store may be ahead of ours. */
export function ageOf(changedMs: number): number {
  return Math.max(0, Date.now() - changedMs)
}
