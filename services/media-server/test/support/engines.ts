import { test } from 'node:test'
import type { RtmpEngine } from '../../src/rtmp/engine.ts'

export const ENGINES: readonly RtmpEngine[] = ['builtin', 'node-media-server']

/** The titles of what node-media-server cannot do, and why. */
const CANNOT: Record<string, string> = {
  'an extended timestamp that an encoder does not repeat in later chunks is no part of its media':
    'it takes four bytes of each later chunk for the timestamp, without looking at them',
}

/** A test of what holds whoever reads RTMP, once for each engine. */
export function testEngines(title: string, body: (engine: RtmpEngine) => Promise<void>): void {
  for (const engine of ENGINES) testEngine(engine, title, () => body(engine))
}

export function testEngine(engine: RtmpEngine, title: string, body: () => Promise<void>): void {
  const reason = engine === 'node-media-server' && CANNOT[title]
  test(`${title} (${engine})`, { skip: reason || false }, body)
}
