import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Spool } from '@livepods/spool'
import { Database, databaseOptions } from '@livepods/sql'
import { declarationsIn, ofGroup, type Supervised, type System } from '@livepods/system'
import { eventually } from '@livepods/testing'
import { Balancer } from '../balancer.ts'
import { allFinal } from '../drain.ts'
import { Edges } from '../edges.ts'
import { startTestbed } from '../testbed.ts'
import type { StartOptions, Subject, Work } from '../trial.ts'
import { askFor, deadLetters, logBodies, messageRows, sinkProgress, waitingAt } from './audit.ts'
import { Client } from './client.ts'
import type { DeadLetter, MessageOperation, MessageRow, MessagesEvidence, SinkReport } from './evidence.ts'
import { RELAYS, RESERVE, SENDERS, SINKS, TARGETS } from './targets.ts'

/** Senders, relays and sinks with their database. */
export interface MessagesSubject extends Subject<MessagesEvidence> {
  history: { operations: readonly MessageOperation[] }
  /** Those that get connections. */
  readonly relays: Set<string>
  readonly sinks: Set<string>
  /** How `relay --drain` is run on the folder of a relay. */
  drainCommand: (relay: string) => { main: string; environment: Record<string, string> }
}

const HOOK = new URL('sync-kill-hook.ts', import.meta.url)

type Environments = Record<string, Record<string, string>>

export async function start({ environments, history, ...options }: StartOptions): Promise<MessagesSubject> {
  await using stack = new AsyncDisposableStack()
  const edges = stack.use(new Edges())
  const relays = new Set<string>(RELAYS)
  const sinks = new Set<string>(SINKS)
  const relaysPort = stack.use(await Balancer.listen(edges, relays)).port
  const sinksPort = stack.use(await Balancer.listen(edges, sinks)).port
  const own = environmentsOf(environments, { relays: relaysPort, sinks: sinksPort })
  const declarations = ofGroup('messages', await declarationsIn())
  const testbed = await startTestbed(stack, {
    ...options,
    edges,
    declarations,
    copies: { sender: SENDERS.length, relay: RELAYS.length, sink: SINKS.length + 1 },
    disks: TARGETS.disks,
    environments: own,
  })
  const { system } = testbed
  system.process(RESERVE).hold()
  system.process(RESERVE).kill('SIGTERM')
  const folder = (name: string) => join(options.directory, 'system', name)
  const addresses = await Promise.all(RELAYS.map((name) => edges.address(name)))
  const settings = { MYSQL_DBNAME: 'kube', MYSQL_CONNECTIONS: 4, ...system.database }
  const database = stack.use(new Database(databaseOptions(settings as never)))
  const started = stack.move()
  return {
    ...testbed,
    // Only its clients write into the history.
    history: history as MessagesSubject['history'],
    relays,
    sinks,
    drainCommand: (relay) => ({
      main: fileURLToPath(declarations.find(({ name }) => name === 'relay')?.main ?? ''),
      environment: { ...own[relay], SPOOL_DIR: folder(relay) },
    }),
    page: await edges.address('sink'),
    client: (client) => {
      const relay = addresses[client.number % addresses.length] ?? ''
      return new Client({ ...client, history, ways: { relay, relays: `http://127.0.0.1:${relaysPort}` } }).run()
    },
    poll: async () => (await sinkProgress(database)).logged,
    settle: async (patienceMs) => {
      await Promise.all(SENDERS.map((name) => endMaking(system.process(name), own[name] ?? {})))
      return await allFinal(async () => {
        const { taken, logged } = await sinkProgress(database)
        const waiting = Object.values(await waitingIn(system)).reduce((sum, count) => sum + count, 0)
        return { all: taken + waiting, final: logged }
      }, patienceMs)
    },
    evidence: async (seen) => {
      const operations = seen.operations as MessageOperation[]
      const waiting = await waitingIn(system)
      const url = (name: string) => `http://127.0.0.1:${system.port(name)}`
      const messages = await messageRows(database)
      const letters = (await Promise.all(RELAYS.map((name) => deadLetters(name, url(name))))).flat()
      return {
        ...seen,
        operations,
        messages,
        letters,
        waiting,
        rows: worksOf(operations, messages, letters),
        logs: Object.fromEntries(
          await Promise.all(
            [...SINKS, RESERVE].map(async (name) => [name, await logBodies(folder(name), name)] as const),
          ),
        ),
        report: await askFor<SinkReport>(`${url(SINKS[0])}/v1/report`),
        senders: await Promise.all(SENDERS.map((name) => storedBy(system, name, folder(name)))),
      }
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

function environmentsOf(given: Environments, ports: { relays: number; sinks: number }): Environments {
  const own = (name: string, more: Record<string, string>) => {
    const environment = given[name] ?? {}
    const NODE_OPTIONS = `--import=${HOOK.href} ${environment.NODE_OPTIONS ?? ''}`
    return [name, { ...more, ...environment, NODE_OPTIONS }] as const
  }
  return Object.fromEntries([
    ...SENDERS.map((name) =>
      own(name, {
        SENDER_NAME: name,
        SEND_EVERY_SECONDS: '0.1',
        RELAY_URL: `http://127.0.0.1:${ports.relays}`,
        ANSWER_WITHIN_SECONDS: '5',
      }),
    ),
    ...RELAYS.map((name) => own(name, { RELAY_NAME: name, SINK_URL: `http://127.0.0.1:${ports.sinks}` })),
    // So small that a log has several files.
    ...[...SINKS, RESERVE].map((name) => own(name, { SINK_NAME: name, LOG_MEGABYTES: '0.2', LOG_FILES: '10000' })),
  ])
}

/** Has a sender make no more: the next process delivers what is there. */
async function endMaking(sender: Supervised, environment: Record<string, string>): Promise<void> {
  environment.SENDERS = '0'
  const { pid } = sender
  sender.kill('SIGTERM')
  await eventually(() => {
    if (sender.pid === pid || sender.pid === undefined) throw new Error(`${sender.name} has not been started again.`)
  })
}

/** Messages that are not at a sink yet, by who has them. Rejects while one does not answer. */
async function waitingIn(system: System): Promise<Record<string, number>> {
  const counts = [
    ...SENDERS.map(async (name) => {
      const url = `http://127.0.0.1:${system.port(`${name}-ops`)}/status`
      const { parts } = await askFor<{ parts: { streams: { waiting: number } } }>(url)
      return [name, parts.streams.waiting] as const
    }),
    ...RELAYS.map(async (name) => {
      const { messages, parked } = await waitingAt(system, name)
      return [name, messages + parked.messages] as const
    }),
  ]
  return Object.fromEntries(await Promise.all(counts))
}

/** Ends a sender, and counts what its spool has stored. */
async function storedBy(system: System, name: string, folder: string) {
  const process = system.process(name)
  process.hold()
  process.kill('SIGTERM')
  const fail = (error: unknown) => {
    throw new Error(`The spool of ${name} cannot be read: ${JSON.stringify(error)}`)
  }
  await using spool = await eventually(async () =>
    Spool.open({ folder: join(folder, '1'), maxBytes: 64e6, name: 'audit', onFatal: fail, onDamage: fail }),
  )
  return { stream: `${name}~${spool.epoch}`, stored: spool.nextNumber - 1 }
}

/** What was accepted, from when it was sent until it was in the database; senders do not say when they made a message. */
function worksOf(
  operations: readonly MessageOperation[],
  messages: readonly MessageRow[],
  letters: readonly DeadLetter[],
): Work[] {
  const sentAt = new Map<string, number>()
  for (const { t, type, value } of operations)
    if (type === 'invoke') for (const { body } of value.messages) if (!sentAt.has(body)) sentAt.set(body, t)
  return [
    ...messages.map(({ body, kind, takenAt }) => ({
      createdAt: sentAt.get(body ?? '') ?? takenAt,
      finishedAt: takenAt,
      outcome: kind,
    })),
    ...letters.map(({ refusedAt }) => ({ createdAt: refusedAt, finishedAt: refusedAt, outcome: 'dead letter' })),
  ]
}
