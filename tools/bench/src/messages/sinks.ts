import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Database, databaseOptions } from '@livepods/sql'
import { freePorts, type System } from '@livepods/system'
import { createConnection } from 'mysql2/promise'
import { usageOf } from '../process-usage.ts'
import { columnTable, readingTables } from '../readings.ts'
import type { Findings } from '../report.ts'
import { type Candidate, measureRounds } from '../rounds.ts'
import { startSystem } from '../start-system.ts'
import { type Bench, planOf } from '../suite.ts'
import { target } from '../targets.ts'
import { BODY, batchOf, post } from './post.ts'

const PLANS = {
  full: { rounds: 5, messages: 200_000 },
  quick: { rounds: 2, messages: 50_000 },
  tiny: { rounds: 1, messages: 4000 },
}
const RELAYS = ['relay', 'relay-2']
const SINKS = ['sink', 'sink-2']
const STREAMS = 100
const LINES = 1000
const ROW = 'two relays, two sinks'
const OURS = 'sinks'
const BARE = 'mysql2'
/** Counted from so many on: by then both relays send. */
const FROM = 0.1

/** Messages that the sinks take in a second from relays that have a backlog. */
export async function sinks(_shared: object, bench: Bench): Promise<Findings> {
  const { rounds, messages } = planOf(bench, PLANS)
  await using stack = new AsyncDisposableStack()
  const ports = await freePorts(Object.fromEntries(SINKS.map((name) => [name, 0])))
  const system = await startSystem(stack, bench, {
    group: 'messages',
    copies: { relay: RELAYS.length, sink: SINKS.length },
    ports,
    environments: {
      sender: { SENDERS: '0' },
      ...Object.fromEntries(
        RELAYS.map((name, index) => [name, { SINK_URL: `127.0.0.1:${ports[SINKS[index] ?? '']}` }]),
      ),
    },
  })
  const settings = { MYSQL_DBNAME: 'kube', MYSQL_CONNECTIONS: 2, ...system.database }
  const options = databaseOptions(settings as never)
  const database = stack.use(new Database(options))
  await database.change('CREATE TABLE bench_messages LIKE messages')
  let backlogs = 0
  const candidates: Candidate<{ name: string }>[] = [
    { name: OURS, measure: () => drainBacklog(system, database, { messages, name: `bench-${backlogs++}` }) },
    { name: BARE, measure: () => insertRows(options, database, messages) },
  ]
  const series = await measureRounds(bench, { title: 'sinks', candidates, rows: [{ name: ROW }], rounds })
  const reading = 'perSecond'
  const taken = series.summary(ROW, { candidate: OURS, reading })
  return {
    targets: target('messages that two sinks take in a second', taken?.median, {
      atLeast: 40_000,
      wanted: '≥ 40 000',
    }),
    tables: [
      ...readingTables(series, '', [
        {
          title: 'Messages that sinks take in a second',
          about: `From two relays with ${messages.toLocaleString('en')} waiting messages of ${STREAMS} streams, until all are committed; next to mysql2 inserting the same rows into the same table on two connections, ${LINES} in each transaction.`,
          reading,
        },
        { title: 'The same as ratios', reading, baseline: BARE },
      ]),
      columnTable(series, {
        title: 'What a message takes from the relay to the log',
        about: 'CPU time in microseconds, of all processes of a kind together.',
        rowName: '',
        candidate: OURS,
        columns: [
          ['relays', 'relayUs'],
          ['sinks', 'sinkUs'],
          ['database', 'databaseUs'],
        ],
      }),
    ],
    data: { sinks: series },
  }
}

/** Fills the relays while the sinks are stopped, and lets these go on. */
async function drainBacklog(
  system: System,
  database: Database,
  { messages, name }: { messages: number; name: string },
) {
  const taken = async () => {
    const [sum] = await database.rows<{ taken: string | null }>('SELECT SUM(position) AS taken FROM message_sinks')
    return Number(sum?.taken ?? 0)
  }
  const begin = await taken()
  for (const sink of SINKS) system.process(sink).kill('SIGSTOP')
  await Promise.all(
    RELAYS.map((relay) => fill(system.port(relay), { messages: messages / RELAYS.length, name: `${name}-${relay}` })),
  )
  const before = cpuOf(system)
  for (const sink of SINKS) system.process(sink).kill('SIGCONT')
  let from: { at: number; taken: number } | undefined
  for (;;) {
    const [at, now] = [performance.now(), (await taken()) - begin]
    if (now >= FROM * messages) from ??= { at, taken: now }
    if (from && now >= messages) {
      const used = cpuOf(system)
      const us = (kind: keyof typeof used) => ((used[kind] - before[kind]) * 1000) / messages
      const perSecond = ((now - from.taken) * 1000) / (at - from.at)
      return { perSecond, relayUs: us('relay'), sinkUs: us('sink'), databaseUs: us('database') }
    }
    await sleep(10)
  }
}

/** Numbered messages, of each stream the next ones in every batch. */
async function fill(port: number, { messages, name }: { messages: number; name: string }): Promise<void> {
  const perStream = LINES / STREAMS
  for (let sent = 0; sent < messages; sent += LINES) {
    const lines = Array.from({ length: LINES }, (_, index) => ({
      stream: `${name}-${index % STREAMS}~1`,
      seq: (sent / LINES) * perStream + Math.floor(index / STREAMS) + 1,
    }))
    await post({ port, ...batchOf(lines) }, { lanes: 1, forMs: Number.POSITIVE_INFINITY, atMost: 1 })
  }
}

async function insertRows(options: ReturnType<typeof databaseOptions>, database: Database, messages: number) {
  await database.change('TRUNCATE TABLE bench_messages')
  const { connections: _, ...one } = options
  const connections = await Promise.all(SINKS.map(() => createConnection(one)))
  const [body, now] = [Buffer.from(BODY), new Date()]
  const sha256 = hash('sha256', body, 'buffer')
  const insert = `INSERT INTO bench_messages (sink_id, position, stream_id, seq, kind, sha256, body, relay, address, taken_at) VALUES ?`
  const startedAt = performance.now()
  await Promise.all(
    connections.map(async (connection, sink) => {
      for (let done = 0; done < messages / SINKS.length; done += LINES) {
        const rows = Array.from({ length: LINES }, (_, index) => {
          const position = done + index + 1
          const stream = sink * STREAMS + (index % STREAMS)
          return [
            sink,
            position,
            stream,
            Math.floor((position - 1) / STREAMS) + 1,
            0,
            sha256,
            body,
            'relay',
            '127.0.0.1',
            now,
          ]
        })
        await connection.query(insert, [rows])
      }
    }),
  )
  const perSecond = (messages * 1000) / (performance.now() - startedAt)
  for (const connection of connections) connection.destroy()
  return { perSecond }
}

/** CPU milliseconds by kind of process. */
function cpuOf(system: System): Record<'relay' | 'sink' | 'database', number> {
  const of = (kind: string) =>
    system.processes
      .filter(({ name }) => name.startsWith(kind))
      .reduce((sum, { pid }) => sum + (usageOf(pid)?.cpuMs ?? Number.NaN), 0)
  return { relay: of('relay'), sink: of('sink'), database: of('database') }
}
