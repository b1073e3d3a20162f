import { BoincProject, eventually } from '@livepods/testing'
import type { Checks } from './checks.ts'
import { type Deployed, expect } from './deployed.ts'
import { kubectl } from './kubectl.ts'
import { PortForward } from './port-forward.ts'

interface Parts {
  checks: Checks
  deployed: Deployed
}

/** What GET /v1/status of a worker says of its tasks. */
interface Task {
  name: string
  state: string
  fraction: number
  cpuSeconds: number
  checkpointCpuSeconds: number
}

/** Of the first node of lab.sh; the NetworkPolicy of k8s/lab/compute lets the worker there. */
const PROJECT = { address: '10.0.2.100', port: 80, node: '/usr/local/bin/node' }
/** Longer than the start, the drain and the move of a worker. */
const TASKS = { tasks: 2, taskSeconds: 150, checkpointSeconds: 10 }
const POD = 'boinc-0'
/** At the pace of a busy machine. */
const TIMING = { withinMs: 600_000, everyMs: 1000 }

/** A worker of boinc whose node is drained while its tasks run. */
export async function compute({ checks, deployed }: Parts): Promise<void> {
  await using project = await BoincProject.start({ ...PROJECT, ...TASKS })
  let tasks: Task[] = []
  const isRunning = await checks.run('applied: a worker attaches to a project, and both tasks run', async () => {
    await deployed.apply()
    const file = `${project.url} ${project.key}\n`
    await kubectl([
      '-n',
      'livepods',
      'create',
      'secret',
      'generic',
      'boinc-projects',
      `--from-literal=projects=${file}`,
    ])
    await deployed.ready()
    tasks = await running(deployed)
    return told(tasks)
  })
  if (!isRunning) return
  const node = await nodeOf()
  /** CPU seconds of each task when the drain begins. */
  const computed = new Map<string, number>()
  try {
    await checks.run('its node is drained: both tasks go on to their next checkpoint', async () => {
      tasks = await running(deployed)
      for (const { name, cpuSeconds } of tasks) computed.set(name, cpuSeconds)
      const log = kubectl(['-n', 'livepods', 'logs', '--follow', '--tail=0', POD])
      const began = performance.now()
      await kubectl(['drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=420s'])
      const drainSeconds = ((performance.now() - began) / 1000).toFixed(1)
      const ends = (await log).split('\n').flatMap(endOf)
      expect(ends.length === tasks.length, `The log tells the end of ${ends.length} tasks.`)
      const lost = Math.max(...ends.map(({ lostCpuSeconds }) => lostCpuSeconds))
      return `${drainSeconds} s; ${told(tasks)} before; suspended at most ${lost.toFixed(1)} CPU-s behind it`
    })
    await checks.run('it moves to the other node, and its tasks go on from there', async () => {
      await deployed.ready()
      const other = await nodeOf()
      expect(other !== node, `It is on ${node} again.`)
      const now = await running(deployed)
      for (const { name, cpuSeconds } of now)
        expect(
          cpuSeconds >= (computed.get(name) ?? Number.NaN),
          `${name}: ${cpuSeconds}, and had ${computed.get(name)}`,
        )
      return `${node} to ${other}: ${told(now)}`
    })
  } finally {
    await kubectl(['uncordon', node])
  }
  await checks.run('both are computed to their end, uploaded and reported', async () => {
    await eventually(
      () => expect(project.reported.length === TASKS.tasks, `${project.reported.length} reported`),
      TIMING,
    )
    for (const { name, exitStatus, lines } of project.reported) {
      expect(exitStatus === 0, `${name} ended with ${exitStatus}.`)
      const [first, quit = '', again, ...others] = lines
      const [, saved] = /^quit at [\d.]+, saved ([\d.]+)$/.exec(quit) ?? []
      const isWhole = first === 'started at 0.0' && again === `started at ${saved}` && others.length === 0
      expect(isWhole, `${name}: ${lines.join('; ')}`)
      expect(Number(saved) >= (computed.get(name) ?? Number.NaN), `${name}: saved ${saved}, had ${computed.get(name)}`)
    }
    expect(project.uploaded.size === TASKS.tasks, `${project.uploaded.size} uploaded`)
    return project.reported.map(({ name, lines }) => `${name}: ${lines.join(', ')}`).join('; ')
  })
}

/** Resolves with the tasks once both run, and have computed more than is saved: a kill would lose that. */
async function running(deployed: Deployed): Promise<Task[]> {
  const token = await deployed.secret('compute', 'admin')
  return await eventually(async () => {
    await using worker = await PortForward.open('boinc', 8087)
    const answer = await fetch(`${worker.url}/v1/status`, { headers: { authorization: `Bearer ${token}` } })
    const { tasks, why } = (await answer.json()) as { tasks: Task[]; why: string }
    const busy = tasks.filter(({ state, cpuSeconds, checkpointCpuSeconds }) => {
      return state === 'running' && checkpointCpuSeconds > 0 && cpuSeconds > checkpointCpuSeconds + 0.5
    })
    expect(busy.length === TASKS.tasks, `${busy.length} tasks run: ${why}`)
    return busy
  }, TIMING)
}

async function nodeOf(): Promise<string> {
  return await kubectl(['-n', 'livepods', 'get', 'pod', POD, '-o', 'jsonpath={.spec.nodeName}'])
}

/** Of a line of the worker's log that tells how a task was left. */
function endOf(line: string): { name: string; lostCpuSeconds: number }[] {
  if (!line.includes('"task ends"')) return []
  return [JSON.parse(line) as { name: string; lostCpuSeconds: number }]
}

function told(tasks: Task[]): string {
  return tasks.map(({ cpuSeconds, checkpointCpuSeconds }) => `${cpuSeconds} (${checkpointCpuSeconds} saved)`).join(', ')
}
