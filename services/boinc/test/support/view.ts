import { projectWith, taskWith } from './project.ts'
import type { WorkerView } from './start.ts'

const later = (hours: number) => new Date(Date.now() + 3_600_000 * hours)

/** A worker with two projects and tasks in every state, for its page. */
export function busyView(): WorkerView {
  const url = 'https://science.example/milkyway/'
  const task = { project: url, deadline: later(100) }
  return {
    readiness: { state: 'attached', isReady: true, why: '' },
    faults: [],
    seen: {
      declared: { accounts: [], manager: undefined },
      manager: { url: 'https://manager.example/', name: 'Made-up manager' },
      status: { suspended: [], networkSuspended: [] },
      state: {
        version: '7.20.5',
        failedTransfers: 0,
        projects: [
          projectWith({ url, name: 'Milky Way', credit: 12_345.6, nextRpc: later(0.1) }),
          projectWith({ url: 'https://grid.example/', name: '<b>Grid</b>', wantsNoMoreWork: true, failedCalls: 3 }),
          projectWith({ url: 'https://late.example/', name: '', hostId: 0, isManaged: true }),
        ],
        tasks: [
          taskWith({ ...task, name: 'de_nbody_08_21_1', fraction: 0.42, cpuSeconds: 5000, checkpointCpuSeconds: 4960 }),
          taskWith({
            ...task,
            name: 'de_nbody_08_21_2',
            state: 'waiting',
            fraction: 0,
            cpuSeconds: 0,
            checkpointCpuSeconds: 0,
          }),
          taskWith({ ...task, name: 'de_nbody_08_21_3', state: 'suspended', isSuspendedByUser: true }),
          taskWith({
            ...task,
            name: 'de_nbody_08_21_4',
            state: 'downloading',
            fraction: 0,
            cpuSeconds: 0,
            checkpointCpuSeconds: 0,
          }),
          taskWith({ ...task, name: 'de_nbody_08_21_5', state: 'uploading', fraction: 1 }),
          taskWith({ ...task, name: 'de_nbody_08_21_6', state: 'to report', fraction: 1 }),
          taskWith({ ...task, name: 'de_nbody_08_21_7', state: 'failed', fraction: 1 }),
        ],
      },
    },
    messages: [
      { number: 1, project: '', at: later(-1), text: 'Starting BOINC client version 7.20.5' },
      { number: 2, project: 'Milky Way', at: later(-0.5), text: 'Starting task de_nbody_08_21_1' },
    ],
    command: async () => [],
    listen: () => {},
  }
}
