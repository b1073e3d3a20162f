import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { OpsServer } from '@livepods/service'
import { observe } from '../src/metrics.ts'
import { projectWith, taskWith } from './support/project.ts'

let ops: OpsServer
before(async () => {
  ops = await OpsServer.listen({ service: 'boinc', host: '127.0.0.1', port: 0 })
})
after(async () => await ops[Symbol.asyncDispose]())

/** Values of our metrics by their names and labels, but for those that are 0. */
async function scrape(): Promise<Record<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${ops.port}/metrics`)).text()
  const rows = [...text.matchAll(/^livepods_(boinc_.+) (\S+)$/gm)]
  return Object.fromEntries(
    rows.map(([, name = '', value]) => [name, Number(value)] as const).filter(([, value]) => value),
  )
}

test('tasks, deadline, progress, unsaved CPU time, projects, transfers and reasons are what the client says, and go with it', async () => {
  const status = { suspended: ['time of day'], networkSuspended: [] }
  const at = (seconds: number) => new Date(1000 * seconds)
  const project = projectWith({ credit: 12.5, nextRpc: at(2000), failedCalls: 3 })
  const tasks = [
    taskWith({ fraction: 0.5, cpuSeconds: 10, checkpointCpuSeconds: 8, deadline: at(5000) }),
    taskWith({ fraction: 0.1, cpuSeconds: 4, checkpointCpuSeconds: 1, deadline: at(4000) }),
    taskWith({ state: 'to report', deadline: at(6000) }),
  ]
  observe({ state: { version: '7', projects: [project], tasks, failedTransfers: 2 }, status })
  assert.deepEqual(await scrape(), {
    'boinc_tasks{state="running"}': 2,
    'boinc_tasks{state="to report"}': 1,
    boinc_oldest_deadline_timestamp_seconds: 4000,
    boinc_progress_ratio: 0.3,
    boinc_unsaved_cpu_seconds: 5,
    'boinc_credit{project="http://a.example/"}': 12.5,
    'boinc_next_call_timestamp_seconds{project="http://a.example/"}': 2000,
    'boinc_failed_calls{project="http://a.example/"}': 3,
    boinc_failed_transfers: 2,
    'boinc_suspended{reason="time of day"}': 1,
  })
  observe({
    state: { version: '7', projects: [], tasks: [], failedTransfers: 0 },
    status: { suspended: [], networkSuspended: [] },
  })
  assert.deepEqual(await scrape(), {})
})
