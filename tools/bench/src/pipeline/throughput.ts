import { setTimeout as sleep } from 'node:timers/promises'
import { Recogniser } from '@livepods/image-processor/recogniser'
import type { Candidate } from '../candidate.ts'
import type { Progress } from '../progress.ts'
import { measureRounds } from '../rounds.ts'
import type { Series } from '../series.ts'
import type { Field } from './field.ts'

export const CHAIN = 'whole chain'
export const DIRECT = 'recogniser called directly'
export const STUB = 'stub recogniser'
export const REAL = 'real recogniser'
export const IMAGES_PER_SECOND = 'imagesPerSecond'

/** A suite with one kind of recogniser, and the photos that it is measured with. */
export interface Lane {
  name: typeof STUB | typeof REAL
  field: Field
  paths: readonly string[]
}

export interface ThroughputOptions {
  lanes: readonly Lane[]
  rounds: number
  warmUp: number
  progress: Progress
  signal: AbortSignal
}

/** CONCURRENCY of the image-processor, as it comes. */
const CALLS_AT_ONCE = 8
const FINAL_WITHIN_MS = 300_000
const LOOK_EVERY_MS = 20

/** Photos that become final in a second, from the POST of the first to the end of the last, and what the recogniser alone would do. */
export async function measureThroughput({ lanes, signal, ...options }: ThroughputOptions): Promise<Series> {
  const candidate = (name: string, measure: (lane: Lane, signal: AbortSignal) => Promise<number>): Candidate => ({
    name,
    measure: async (row) => {
      signal.throwIfAborted()
      const lane = lanes.find(({ name }) => name === row)
      if (!lane) return undefined
      await lane.field.empty()
      const startedAt = performance.now()
      const images = await measure(lane, signal)
      return { [IMAGES_PER_SECOND]: (images * 1000) / (performance.now() - startedAt) }
    },
  })
  return await measureRounds({
    ...options,
    candidates: [candidate(CHAIN, throughChain), candidate(DIRECT, directly)],
    rows: lanes.map(({ name }) => name),
    title: 'images per second',
  })
}

async function throughChain({ field, paths }: Lane, signal: AbortSignal): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${field.receiverPort}/v1/images/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ paths }),
  })
  if (response.status !== 200) throw new Error(`The receiver answers ${response.status}: ${await response.text()}`)
  await response.arrayBuffer()
  await allFinal(field, signal)
  return paths.length
}

/** Resolves when no photo is left to do. */
async function allFinal(field: Field, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + FINAL_WITHIN_MS
  for (let left = 1; left > 0; ) {
    signal.throwIfAborted()
    left = await field.pending()
    if (performance.now() > deadline) throw new Error(`${left} photos are not final after ${FINAL_WITHIN_MS / 1000} s.`)
    if (left > 0) await sleep(LOOK_EVERY_MS)
  }
}

async function directly({ field, paths }: Lane): Promise<number> {
  using recogniser = new Recogniser({
    address: `127.0.0.1:${field.system.port('face-recognition')}`,
    deadlineMs: 60_000,
  })
  const { signal } = new AbortController()
  const left = paths.values()
  const lane = async () => {
    for (const path of left) {
      const claim = { id: '0', token: '', path, attempts: 1, requestId: null, traceparent: null }
      const { outcome } = await recogniser.identify(claim, signal)
      if (outcome === 'MISSING' || outcome === 'REFUSED') throw new Error(`The recogniser says ${outcome} of ${path}.`)
    }
  }
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, lane))
  return paths.length
}
