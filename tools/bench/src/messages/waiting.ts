import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Spool } from '@livepods/spool'
import { eventually } from '@livepods/testing'
import { atMost, columnFindings } from '../readings.ts'
import type { Findings } from '../report.ts'
import { type Candidate, measureRounds } from '../rounds.ts'
import type { Readings } from '../series.ts'
import { Server } from '../server.ts'
import { type Bench, planOf } from '../suite.ts'
import { target } from '../targets.ts'
import { HEAP_MEGABYTES, relay } from './kinds.ts'
import { batchOf, post, single } from './post.ts'

const PLANS = {
  full: { rounds: 3, bytes: 1e9, messages: 100_000 },
  quick: { rounds: 1, bytes: 1e9, messages: 100_000 },
  tiny: { rounds: 1, bytes: 4e6, messages: 2000 },
}
const CHECK = fileURLToPath(new URL('../../../../packages/spool/src/check-main.ts', import.meta.url))
const NOTHING = 'nothing'
const GIGABYTE = '1 GB'
const FEW = 'a gap in 100 streams'
const MANY = 'a gap in 100 000 streams'
const LINES = 1000
const PARKED = { withinMs: 600_000 }

/** What a relay holds, and how soon it is there, when much waits. */
export async function waiting({ compiled }: { compiled: string }, bench: Bench): Promise<Findings> {
  const { rounds, bytes, messages } = planOf(bench, PLANS)
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'livepods-bench-waiting-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  bench.progress.say('storing what waits')
  await store(join(folder, 'spool'), bytes)
  const sink = await startSinkWithGaps(stack)
  const measures: Record<string, () => Promise<Readings>> = {
    [NOTHING]: () => measureStart(relay({ isSmall: true }), compiled),
    [GIGABYTE]: async () => {
      const readings = await measureStart(relay({ spool: folder, isSmall: true }), compiled)
      const startedAt = performance.now()
      await promisify(execFile)(process.execPath, [CHECK, join(folder, 'spool')])
      return { ...readings, checkMs: performance.now() - startedAt }
    },
    [FEW]: () => measureParked({ sink, streams: 100, messages }, compiled),
    [MANY]: () => measureParked({ sink, streams: messages, messages }, compiled),
  }
  const candidates: Candidate<{ name: string }>[] = [
    { name: 'relay', measure: async ({ name }) => await measures[name]?.() },
  ]
  const rows = Object.keys(measures).map((name) => ({ name }))
  const series = await measureRounds(bench, { title: 'waiting', candidates, rows, rounds, warmUp: 0 })
  const resident = (row: string) =>
    series.summary(row, { candidate: 'relay', reading: 'residentMegabytes' })?.median ?? Number.NaN
  const found = columnFindings(series, {
    title: 'A relay while messages wait',
    about: `Milliseconds from the start of the process until it takes connections, with what Node has compiled before, and CPU time of it; milliseconds of check-main, which reads all; megabytes at once and after 2000 more messages, with a heap of at most ${HEAP_MEGABYTES} MB. Those with a gap are ${messages.toLocaleString('en')} messages, all parked.`,
    rowName: 'what waits',
    candidate: 'relay',
    columns: [
      ['start', 'startMs', atMost(GIGABYTE, 'start with 1 GB waiting', 1000, ' ms')],
      ['CPU of it', 'startCpuMs'],
      ['full check', 'checkMs', atMost(GIGABYTE, 'full check of 1 GB', 5000, ' ms')],
      ['resident', 'idleMegabytes', atMost(NOTHING, 'memory when nothing waits', 130, ' MB')],
      ['resident, later', 'residentMegabytes', atMost(GIGABYTE, 'memory with 1 GB waiting', 200, ' MB')],
    ],
  })
  return {
    ...found,
    targets: [
      ...found.targets,
      ...target('memory of 100 000 streams', resident(MANY) - resident(FEW), { atMost: 40, unit: ' MB' }),
    ],
    data: { waiting: series },
  }
}

/** Messages of 1000 bytes that a relay finds in its spool. */
async function store(folder: string, bytes: number): Promise<void> {
  const fail = (error: unknown) => {
    throw new Error(`The log failed: ${JSON.stringify(error)}`)
  }
  await using spool = await Spool.open({ folder, name: 'bench', maxBytes: 8e9, onFatal: fail, onDamage: fail })
  await spool.reader('sink')
  // Flags, no number, and three texts that are empty: the relay numbers them itself.
  const record = { header: Buffer.alloc(12), body: Buffer.alloc(1000, 'x'), counted: true }
  for (let stored = 0; stored < bytes; stored += 4000 * 1020)
    await Promise.all(Array.from({ length: 4000 }, () => spool.append(record)))
}

async function measureStart(kind: ReturnType<typeof relay>, compiled: string): Promise<Readings> {
  const startedAt = performance.now()
  await using server = await Server.start(kind, compiled)
  const startMs = performance.now() - startedAt
  const { cpuMs: startCpuMs, residentMegabytes: idleMegabytes } = server.usage
  await post({ port: server.port, ...single }, { lanes: 16, forMs: Number.POSITIVE_INFINITY, atMost: 2000 })
  return { startMs, startCpuMs, idleMegabytes, residentMegabytes: server.usage.residentMegabytes }
}

/** A relay that has got messages of so many streams, of each from the second on. */
async function measureParked(
  { sink, streams, messages }: { sink: string; streams: number; messages: number },
  compiled: string,
): Promise<Readings> {
  await using server = await Server.start(relay({ sink, isSmall: true }), compiled)
  for (let sent = 0; sent < messages; sent += LINES) {
    const lines = Array.from({ length: LINES }, (_, index) => ({
      stream: `bench-${(sent + index) % streams}~${'0'.repeat(36)}`,
      seq: 2 + Math.floor((sent + index) / streams),
    }))
    await post({ port: server.port, ...batchOf(lines) }, { lanes: 1, forMs: Number.POSITIVE_INFINITY, atMost: 1 })
  }
  await eventually(async () => {
    const answer = await (await fetch(`http://127.0.0.1:${server.port}/v1/waiting`)).json()
    const { messages: left, parked } = answer as { messages: number; parked: { messages: number } }
    if (left > 0 || parked.messages < messages) throw new Error(`${left} messages are not parked.`)
  }, PARKED)
  return { residentMegabytes: server.usage.residentMegabytes }
}

/** A sink for which the first message of every stream is missing: http://host:port. */
async function startSinkWithGaps(stack: AsyncDisposableStack): Promise<string> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const lines = (await text(request)).split('\n').length - 1
    response.end('{"result":"expected","seq":1}\n'.repeat(lines))
  }
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
