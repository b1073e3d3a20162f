import type { Project, Task } from '@livepods/boinc'

/** A project that is attached, but for what is said. */
export const projectWith = (project: Partial<Project>): Project => ({
  url: 'http://a.example/',
  name: 'A',
  hostId: 1,
  credit: 0,
  nextRpc: undefined,
  failedCalls: 0,
  isSuspended: false,
  wantsNoMoreWork: false,
  isDetachedWhenDone: false,
  isManaged: false,
  ...project,
})

/** A task that runs, but for what is said. */
export const taskWith = (task: Partial<Task>): Task => ({
  name: 'one',
  project: 'http://a.example/',
  state: 'running',
  deadline: new Date(0),
  fraction: 0.5,
  cpuSeconds: 10,
  checkpointCpuSeconds: 8,
  isLoaded: true,
  isSuspendedByUser: false,
  ...task,
})
