import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Damage, Spool, type SpoolOptions, type StoredRecord } from '../../src/index.ts'
import type { Reader } from '../../src/reader.ts'

/** A folder that is gone at the end of the test. */
export async function emptyFolder(): Promise<{ folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'spool-'))
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** A spool with small segments; what is damaged is in `damages`. */
export function openSpool(
  folder: string,
  { damages = [], ...options }: Partial<SpoolOptions> & { damages?: Damage[] } = {},
): Promise<Spool> {
  return Spool.open({
    folder,
    name: 'test',
    maxBytes: 10_000_000,
    segmentBytes: 1000,
    onFatal: (error) => {
      throw error
    },
    onDamage: (damage) => damages.push(damage),
    ...options,
  })
}

export function record(body: string, { counted = false, header = '' } = {}) {
  return { header: Buffer.from(header), body: Buffer.from(body), counted }
}

/** Appends one after the other, so each in a group of its own. */
export async function appendAll(spool: Spool, bodies: readonly string[]): Promise<void> {
  for (const body of bodies) await spool.append(record(body))
}

/** All that can be read from where the reader is. */
export async function readAll(spool: Spool, reader: Reader): Promise<StoredRecord[]> {
  const records: StoredRecord[] = []
  while (reader.position < spool.nextNumber) records.push(...(await reader.read({ signal: AbortSignal.abort() })))
  return records
}

export const bodies = (records: readonly StoredRecord[]) => records.map(({ body }) => body.toString())

/** `count` bodies of which no two are equal. */
export const someBodies = (count: number, prefix = 'body') =>
  Array.from({ length: count }, (_, index) => `${prefix} ${index + 1} ${'.'.repeat(60)}`)
