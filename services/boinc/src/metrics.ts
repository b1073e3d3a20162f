import { type ClientState, type ClientStatus, TASK_STATES } from '@livepods/boinc'
import { gauge } from '@livepods/service'

const tasks = gauge({ name: 'boinc_tasks', help: 'Tasks of the client by their state.', labels: ['state'] })
const deadline = gauge({
  name: 'boinc_oldest_deadline_timestamp_seconds',
  help: 'When the first task has to be reported; 0: there is none.',
})
const progress = gauge({ name: 'boinc_progress_ratio', help: 'Done of all running tasks together: 0 to 1.' })
const unsaved = gauge({
  name: 'boinc_unsaved_cpu_seconds',
  help: 'CPU time since their last checkpoints, of all running tasks: what is lost when the client is killed now.',
})
const credit = gauge({ name: 'boinc_credit', help: 'Credit that this client has, by project.', labels: ['project'] })
const nextRpc = gauge({
  name: 'boinc_next_call_timestamp_seconds',
  help: 'Before that the client does not call the project; 0: whenever it wants.',
  labels: ['project'],
})
const failedCalls = gauge({
  name: 'boinc_failed_calls',
  help: 'Calls of the project that failed since the last good one.',
  labels: ['project'],
})
const failedTransfers = gauge({ name: 'boinc_failed_transfers', help: 'Files on their way that failed at least once.' })
const suspended = gauge({
  name: 'boinc_suspended',
  help: '1 while nothing is computed, by reason.',
  labels: ['reason'],
})

/** Sets the metrics to what was seen. Projects and reasons that are gone have no series any more. */
export function observe({ state, status }: { state: ClientState; status: ClientStatus }): void {
  const running = state.tasks.filter((task) => task.state === 'running')
  const sum = (values: number[]) => values.reduce((all, value) => all + value, 0)
  for (const one of TASK_STATES) tasks.set({ state: one }, state.tasks.filter((task) => task.state === one).length)
  deadline.set(oldestDeadline(state))
  progress.set(running.length === 0 ? 0 : sum(running.map(({ fraction }) => fraction)) / running.length)
  unsaved.set(sum(running.map(({ cpuSeconds, checkpointCpuSeconds }) => cpuSeconds - checkpointCpuSeconds)))
  failedTransfers.set(state.failedTransfers)
  for (const metric of [credit, nextRpc, failedCalls, suspended]) metric.reset()
  for (const project of state.projects) {
    credit.set({ project: project.url }, project.credit)
    nextRpc.set({ project: project.url }, (project.nextRpc?.getTime() ?? 0) / 1000)
    failedCalls.set({ project: project.url }, project.failedCalls)
  }
  for (const reason of status.suspended) suspended.set({ reason }, 1)
}

function oldestDeadline({ tasks }: ClientState): number {
  const times = tasks.map(({ deadline }) => deadline.getTime() / 1000).filter((time) => time > 0)
  return times.length === 0 ? 0 : Math.min(...times)
}
