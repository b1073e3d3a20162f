import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { port } from '@livepods/service/env'
import type { Declared } from '@livepods/system'
import { eventually } from '@livepods/testing'
import { Type } from 'typebox'
import { allFinal } from '../../src/drain.ts'
import type { Operation } from '../../src/history.ts'
import { nobodyQuits } from '../../src/invariants.ts'
import type { Profile } from '../../src/profile.ts'
import { startTestbed } from '../../src/testbed.ts'
import type { Evidence, StartOptions, Subject, Trial } from '../../src/trial.ts'

interface CounterSubject extends Subject<CounterEvidence> {
  accepted(): number
}

interface CounterEvidence extends Evidence {
  operations: (Operation & { value: { id: string } })[]
  lines: string[]
}

const declaration: Declared = {
  kind: 'service',
  group: 'probe',
  name: 'counter',
  summary: 'keeps lines in a file',
  env: Type.Object({ PORT: port(0, 'port of clients') }),
  listeners: [{ name: 'counter', variable: 'PORT', protocol: 'http', reachedBy: 'everybody' }],
  opsPort: 0,
  calls: {},
  keeps: { COUNTER_FOLDER: 'counter' },
  replicas: 1,
  imageMegabytes: 0,
  onByDefault: false,
  folder: 'tools/chaos/test',
  main: new URL('counter-main.ts', import.meta.url),
}

const smoke: Profile = {
  title: '4 s',
  seconds: 4,
  calmSeconds: 0.5,
  quietSeconds: 0.5,
  clients: 3,
  rate: 60,
  overlap: 0.4,
  gap: [0.1, 0.3],
  lasts: [0.1, 0.3],
  nemeses: ['kill', 'stop', 'black-hole', 'cut', 'roll'],
  patience: 2,
  drainWithin: 5,
  diskMegabytes: 1,
  environments: {},
  seed: 1,
}

/** A trial as small as one can be: one process, and a file that has what it said to have. */
export const counter = {
  programs: [],
  targets: { processes: ['counter'], rollable: ['counter'], edges: ['clients→counter'], disks: [] },
  nemeses: {
    'crash-after-answer': {
      does: 'SIGKILL as soon as a line has been accepted',
      targets: ['counter'],
      begin: async ({ system, accepted }, { target }) => {
        const before = accepted()
        await eventually(() => {
          if (accepted() === before) throw new Error('No line has been accepted.')
        })
        system.process(target).kill('SIGKILL')
      },
    },
  },
  profiles: { smoke, default: smoke },
  mutations: {
    early: {
      mistake: 'a line is answered before it is written',
      processes: ['counter'],
      file: 'tools/chaos/test/support/counter-main.ts',
      passage: 'await appendFile(file, line)',
      instead: 'setTimeout(() => appendFile(file, line), 2000)',
      situation: 'crash-after-answer',
    },
  },
  invariants: [
    {
      id: 'C1',
      title: 'Every accepted line is there, once',
      lost: ({ operations, lines }) => acceptedIn(operations).filter((id) => !lines.includes(id)),
      twice: ({ lines }) => lines.filter((id, index) => lines.indexOf(id) !== index),
    },
    { id: 'C2', title: 'No process ends on its own', wrong: nobodyQuits },
  ],
  start,
} satisfies Trial<CounterEvidence, CounterSubject>

async function start({ history, ...options }: StartOptions): Promise<CounterSubject> {
  await using stack = new AsyncDisposableStack()
  const testbed = await startTestbed(stack, { ...options, declarations: [declaration], disks: [] })
  const address = await testbed.edges.address('counter')
  const file = join(options.directory, 'system', 'counter', 'lines')
  const lines = async () => (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean)
  const started = stack.move()
  return {
    ...testbed,
    accepted: () => history.accepted,
    client: async ({ number, everyMs, patienceMs, stopping }) => {
      for (let count = 0; !stopping.aborted; count++) {
        const id = `${number}-${count}`
        const add = (type: Operation['type']) =>
          history.add({ t: Date.now(), process: number, type, f: 'line', value: { id } }, 1)
        add('invoke')
        const signal = AbortSignal.timeout(patienceMs)
        const answer = await fetch(address, { method: 'POST', body: id, signal }).catch(() => undefined)
        add(answer?.ok ? 'ok' : 'info')
        await sleep(everyMs, undefined, { signal: stopping }).catch(() => {})
      }
    },
    poll: async () => (await lines()).length,
    settle: async (patienceMs) => {
      const ids = acceptedIn(history.operations)
      const progress = async () => {
        const there = await lines()
        return { all: ids.length, final: ids.filter((id) => there.includes(id)).length }
      }
      return await allFinal(progress, patienceMs)
    },
    evidence: async (seen) => ({
      ...seen,
      operations: seen.operations as CounterEvidence['operations'],
      lines: await lines(),
      rows: [],
    }),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

function acceptedIn(operations: readonly Operation[]): string[] {
  return operations.flatMap(({ type, value }) => (type === 'ok' ? [(value as { id: string }).id] : []))
}
