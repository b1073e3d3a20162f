import { ask, openAnswered } from '../http-load.ts'
import { readingTables } from '../readings.ts'
import type { Findings } from '../report.ts'
import { type Candidate, measureRounds } from '../rounds.ts'
import type { Series } from '../series.ts'
import { type Kind, Server } from '../server.ts'
import { type Bench, planOf } from '../suite.ts'
import { target } from '../targets.ts'
import { kinds, WHOAMI } from './kinds.ts'

const PLANS = {
  full: { rounds: 5, connections: 3500 },
  quick: { rounds: 2, connections: 1000 },
  tiny: { rounds: 1, connections: 50 },
}
const IDLE = 'a new process'

/** What a process holds when nobody is there, and what each connection that has had an answer adds. */
export async function memory({ compiled }: { compiled: string }, bench: Bench): Promise<Findings> {
  const { rounds, connections } = planOf(bench, PLANS)
  const candidates = (await kinds()).map((kind) => candidate(kind, compiled, connections))
  const rows = [{ name: IDLE }]
  return memoryFindings(
    await measureRounds(bench, { title: 'memory', candidates, rows, rounds, warmUp: 0 }),
    connections,
  )
}

function candidate(kind: Kind, compiled: string, connections: number): Candidate<{ name: string }> {
  return {
    name: kind.name,
    async measure() {
      await using server = await Server.start(kind, compiled)
      const idle = server.usage.residentMegabytes
      // What the first answers load is no matter of connections.
      await ask({ port: server.port, path: '/', requests: 1000, connections: 10 })
      const warm = server.usage.residentMegabytes
      const sockets = await openAnswered({ port: server.port, path: '/bench', connections })
      const full = server.usage.residentMegabytes
      for (const socket of sockets) socket.destroy()
      return { idleMegabytes: idle, connectionKilobytes: ((full - warm) * 1000) / connections }
    },
  }
}

export function memoryFindings(series: Series, connections: number): Findings {
  const median = (reading: string) => series.summary(IDLE, { candidate: WHOAMI.name, reading })?.median
  return {
    targets: [
      ...target('memory of a process that nobody asks', median('idleMegabytes'), { atMost: 105, unit: ' MB' }),
      ...target('memory of a connection', median('connectionKilobytes'), { atMost: 16, unit: ' kB' }),
    ],
    tables: readingTables(series, 'resident', [
      { title: 'Memory without clients', about: 'Megabytes, right after the start.', reading: 'idleMegabytes' },
      {
        title: 'Memory of a connection',
        about: `Kilobytes for each of ${connections} connections that stay open after an answer.`,
        reading: 'connectionKilobytes',
      },
    ]),
    data: { memory: series },
  }
}
