import assert from 'node:assert/strict'
import type { Files } from '../../src/files.ts'
import { type Damage, type Reader, Spool, SpoolError, type StoredRecord } from '../../src/index.ts'
import { Random } from './random.ts'
import { SimulatedDisk } from './simulated-disk.ts'

/** A mistake that the run has to find. */
export interface Mutation {
  files?: (files: Files) => Files
  /** Readers acknowledge what they have not delivered yet. */
  acknowledgesFirst?: boolean
}

interface Sent {
  body: string
  isCounted: boolean
  key: string | undefined
  /** `unknown`: the process died before it answered. */
  state: 'unknown' | 'stored' | 'rejected'
  number: number
  count: number
}

interface ReaderModel {
  delivered: Set<number>
  /** Where its cursor was when it was first made; undefined: it never was, as far as anybody knows. */
  begins: number | undefined
  /** The highest number that was given to `acknowledge`, and the highest for which it resolved. */
  asked: number
  resolved: number
}

const LIVES = 5
const READERS = ['first', 'second']

/**
 * Several lives of processes on one simulated disk: they append, read and acknowledge side by side until they die at any call, the disk
 * becomes full or fails. Rejects when a record that was acknowledged is not there in its place, one that was rejected is, or a cursor is
 * ahead of what was delivered.
 */
export async function crashRun(seed: number, mutation: Mutation = {}): Promise<void> {
  const run = new CrashRun(seed, mutation)
  for (let life = 0; life < LIVES; life++) await run.live()
  await run.drain()
}

class CrashRun {
  readonly #random: Random
  readonly #mutation: Mutation
  #disk: SimulatedDisk
  readonly #sent: Sent[] = []
  readonly #readers = new Map<string, ReaderModel>()
  readonly #damages: Damage[] = []
  #now = 1_800_000_000_000
  readonly #segmentBytes: number
  readonly #maxBytes: number
  readonly #keepHours: number
  readonly #mayJump: boolean

  constructor(seed: number, mutation: Mutation) {
    this.#random = new Random(seed)
    this.#mutation = mutation
    this.#disk = new SimulatedDisk(this.#random)
    this.#segmentBytes = 300 + this.#random.below(2000)
    this.#maxBytes = this.#segmentBytes * (4 + this.#random.below(6))
    this.#keepHours = this.#random.chance(0.3) ? 1 : 0
    this.#mayJump = this.#random.chance(0.2)
  }

  /** One process, until it dies or has done its work; then what the next one finds. */
  async live(): Promise<void> {
    const disk = this.#disk
    const random = this.#random
    disk.dieAt = random.chance(0.9) ? random.below(400) : Number.POSITIVE_INFINITY
    disk.failSyncAt = random.chance(0.25) ? random.below(300) : Number.POSITIVE_INFINITY
    const worked = this.#work(disk).catch((error) => {
      // A process ends when it cannot start.
      if (error.code !== 'EIO' && error.code !== 'DISK_FULL') throw error
    })
    await Promise.race([worked, disk.died])
    this.#disk = random.chance(0.5) ? disk.powerLoss() : disk.kill()
  }

  async #work(disk: SimulatedDisk): Promise<void> {
    const spool = await this.#open(disk)
    const readers = new Map<string, Reader>()
    for (const name of READERS.slice(0, 1 + this.#random.below(2))) readers.set(name, await this.#reader(spool, name))
    await this.#check(spool, readers)
    const appended = new AbortController()
    const appending = Array.from({ length: 1 + this.#random.below(4) }, () => this.#append(spool, disk))
    await Promise.all([
      Promise.all(appending).then(() => appended.abort()),
      ...[...readers].map(([name, reader]) => this.#read(spool, name, reader, appended.signal)),
    ])
    await spool[Symbol.asyncDispose]()
    assert.deepEqual(this.#damages, [])
  }

  async #reader(spool: Spool, name: string): Promise<Reader> {
    const reader = await spool.reader(name)
    const model = this.#model(name)
    model.begins ??= reader.acknowledged
    model.asked = Math.max(model.asked, model.begins - 1)
    return reader
  }

  async #open(disk: SimulatedDisk): Promise<Spool> {
    const spool = await Spool.open({
      folder: '/spool',
      name: 'test',
      segmentBytes: this.#segmentBytes,
      maxBytes: this.#maxBytes,
      keepHours: this.#keepHours,
      files: this.#mutation.files?.(disk) ?? disk,
      now: () => this.#now,
      onFatal: () => disk.die(),
      onDamage: (damage) => this.#damages.push(damage),
    })
    // A cursor that was being made when the process died.
    const isHalfMade = ({ file }: Damage) =>
      READERS.some((name) => file === `${name}.cursor` && this.#model(name).begins === undefined)
    assert.deepEqual(
      this.#damages.splice(0).filter((damage) => !isHalfMade(damage)),
      [],
    )
    return spool
  }

  #model(name: string): ReaderModel {
    const model = this.#readers.get(name) ?? { delivered: new Set(), begins: undefined, asked: 0, resolved: 0 }
    this.#readers.set(name, model)
    return model
  }

  async #append(spool: Spool, disk: SimulatedDisk): Promise<void> {
    const random = this.#random
    for (let left = random.below(25); left > 0; left--) {
      if (random.chance(0.03)) disk.capacity = disk.used + random.below(random.chance(0.5) ? 80 : 500)
      if (random.chance(0.1)) disk.capacity = Number.POSITIVE_INFINITY
      if (this.#mayJump && random.chance(0.05)) this.#now += (random.below(100) - 50) * 3_600_000
      this.#now += random.below(1000)
      const known = this.#sent[random.below(this.#sent.length)]
      if (known?.key !== undefined && known.state === 'stored' && random.chance(0.5)) await this.#repeat(spool, known)
      else if (random.chance(0.3))
        await Promise.all(Array.from({ length: 1 + random.below(6) }, () => this.#send(spool)))
      else await this.#send(spool)
      for (let turns = random.below(10); turns > 0; turns--) await undefined
    }
  }

  async #send(spool: Spool): Promise<void> {
    const random = this.#random
    const body = `${this.#sent.length} ${'x'.repeat(random.below(150))}`
    const isCounted = random.chance(0.5)
    const key = random.chance(0.3) ? `key ${this.#sent.length}` : undefined
    const one: Sent = { body, isCounted, key, state: 'unknown', number: 0, count: 0 }
    this.#sent.push(one)
    try {
      const { number, count } = await spool.append(record(one))
      Object.assign(one, { state: 'stored', number, count })
    } catch (error) {
      if (!(error instanceof SpoolError)) throw error
      if (error.code !== 'CLOSED') one.state = 'rejected'
    }
  }

  async #repeat(spool: Spool, known: Sent): Promise<void> {
    if (this.#mayJump) return
    const { number, count, isRepeated } = await spool.append(record(known))
    assert.deepEqual({ number, count, isRepeated }, { number: known.number, count: known.count, isRepeated: true })
  }

  async #read(spool: Spool, name: string, reader: Reader, signal: AbortSignal): Promise<void> {
    const random = this.#random
    const model = this.#model(name)
    let expected = reader.acknowledged
    while (!signal.aborted || reader.position < spool.nextNumber) {
      if (random.chance(0.1)) {
        await reader.seek(reader.acknowledged)
        expected = reader.acknowledged
      }
      const records = await reader.read({ records: 1 + random.below(10), signal })
      const last = records.at(-1)?.number
      if (last === undefined) continue
      const acknowledge = async () => {
        model.asked = Math.max(model.asked, last)
        await reader.acknowledge(last).then(
          () => (model.resolved = Math.max(model.resolved, last)),
          (error) => assert.ok(error instanceof SpoolError),
        )
      }
      if (this.#mutation.acknowledgesFirst) await acknowledge()
      for (const { number } of records) {
        assert.equal(number, expected++, `${name} reads in order, without gaps`)
        model.delivered.add(number)
      }
      if (!this.#mutation.acknowledgesFirst && random.chance(0.7)) await acknowledge()
    }
  }

  /** What a process finds at its start. */
  async #check(spool: Spool, readers: Map<string, Reader>): Promise<void> {
    for (const [name, reader] of readers) {
      const { delivered, begins = 1, asked, resolved } = this.#model(name)
      const cursor = reader.acknowledged
      assert.ok(cursor > resolved, `the cursor of ${name} is at ${cursor}, but ${resolved} was acknowledged`)
      for (const { number, state } of this.#sent)
        if (state === 'stored' && number < cursor && number >= begins)
          assert.ok(delivered.has(number), `the cursor of ${name} is ahead of ${number}, which was not delivered`)
      assert.ok(cursor <= asked + 1, `the cursor of ${name} is at ${cursor} of ${asked}`)
      this.#compare(await readAll(spool, reader), cursor)
      await reader.seek(cursor)
    }
  }

  #compare(records: StoredRecord[], from: number): void {
    for (const [index, { number }] of records.entries()) assert.equal(number, from + index, 'numbers have no gaps')
    const byNumber = new Map(records.map((one) => [one.number, one]))
    const bodies = new Set(records.map(({ body }) => body.toString()))
    for (const { body, state, number, count } of this.#sent) {
      if (state === 'rejected') assert.ok(!bodies.has(body), `${body} was rejected, but is stored`)
      if (state !== 'stored' || number < from) continue
      const found = byNumber.get(number)
      assert.equal(found?.body.toString(), body, `record ${number} was acknowledged`)
      assert.equal(found?.count, count)
    }
    let last = 0
    for (const { count } of records.filter(({ count }) => count > 0)) {
      if (last > 0) assert.equal(count, last + 1, 'counts have no gaps')
      last = count
    }
  }

  /** A last process without faults: everything that was acknowledged has been delivered to every reader. */
  async drain(): Promise<void> {
    const disk = this.#disk
    const spool = await this.#open(disk)
    const readers = new Map<string, Reader>()
    for (const [name, { begins }] of this.#readers)
      if (begins !== undefined) readers.set(name, await this.#reader(spool, name))
    await this.#check(spool, readers)
    for (const [name, reader] of readers) {
      await this.#read(spool, name, reader, AbortSignal.abort())
      const { begins = 1, delivered } = this.#model(name)
      for (const { state, number } of this.#sent)
        if (state === 'stored' && number >= begins)
          assert.ok(delivered.has(number), `${number} was delivered to ${name}`)
    }
    await spool[Symbol.asyncDispose]()
    assert.deepEqual(this.#damages, [])
  }
}

async function readAll(spool: Spool, reader: Reader): Promise<StoredRecord[]> {
  const records: StoredRecord[] = []
  while (reader.position < spool.nextNumber) records.push(...(await reader.read()))
  return records
}

function record({ body, isCounted, key }: Sent) {
  const id = key && { id: Buffer.from(key.padEnd(16)), digest: Buffer.from(body.slice(0, 16).padEnd(16)) }
  return { header: Buffer.from('h'), body: Buffer.from(body), counted: isCounted, ...(id && { key: id }) }
}
