import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, Task } from '@livepods/boinc'
import type { Log } from '@livepods/service'
import { type Drained, type DrainMarker, unlessRefused } from './drain-marker.ts'

export interface DrainOptions {
  client: Pick<Client, 'state' | 'project' | 'task'>
  marker: Pick<DrainMarker, 'write'>
  withinMs: number
  log: Log
  /** How often tasks are looked at. */
  everyMs?: number
}

/** What a task had computed, and what of it is lost. */
export interface DrainedTask {
  name: string
  lostCpuSeconds: number
}

/**
 * Brings a client to where it can end without losing work. No project gives more; tasks that do not run are not begun; each that runs goes on
 * to its next checkpoint, and is suspended behind it, as all that it computes after that would be lost. BOINC has nothing that asks a task
 * for a checkpoint (BOINC/boinc#4748). Where the marker cannot be written, on a full disk, it only waits. Rejects when the client does not answer.
 */
export async function drain({ client, marker, withinMs, log, everyMs = 250 }: DrainOptions): Promise<DrainedTask[]> {
  const deadline = performance.now() + withinMs
  const first = await client.state()
  const running = first.tasks.filter(({ state }) => state === 'running')
  const idle = first.tasks.filter(({ state, isLoaded }) => state === 'waiting' && !isLoaded)
  const drained: Drained = {
    projects: first.projects.filter((project) => !project.wantsNoMoreWork).map(({ url }) => url),
    tasks: [...running, ...idle].map(({ project, name }) => ({ project, name })),
  }
  const mayChange = await marker.write(drained).then(
    () => true,
    (error) => {
      log.error(
        { err: error },
        'the drain cannot be written down, and changes nothing that the next start would have to undo',
      )
      return false
    },
  )
  if (mayChange) {
    for (const url of drained.projects) await client.project('nomorework', url)
    for (const task of idle) await unlessRefused(client.task('suspend', task))
  }
  log.info({ tasks: running.length }, 'waiting for checkpoints')
  const waiting = new Map(running.map((task) => [task.name, task]))
  const ends = new Map<string, Task>()
  for (;;) {
    const { tasks } = await client.state()
    for (const [name, before] of waiting) {
      const now = tasks.find((task) => task.name === name)
      if (now) ends.set(name, now)
      if (now?.state === 'running' && now.checkpointCpuSeconds <= before.checkpointCpuSeconds) continue
      waiting.delete(name)
      if (mayChange && now?.state === 'running') await unlessRefused(client.task('suspend', now))
    }
    if (waiting.size === 0 || performance.now() >= deadline) break
    await sleep(everyMs)
  }
  return [...ends.values()].map(({ name, cpuSeconds, checkpointCpuSeconds }) => ({
    name,
    lostCpuSeconds: Math.max(0, cpuSeconds - checkpointCpuSeconds),
  }))
}
