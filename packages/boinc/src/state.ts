import type { XmlElement } from './xml.ts'

export const TASK_STATES = [
  'downloading',
  'waiting',
  'running',
  'suspended',
  'uploading',
  'to report',
  'failed',
] as const
export type TaskState = (typeof TASK_STATES)[number]

/** A task, which BOINC's code calls a result. */
export interface Task {
  name: string
  /** Master URL of its project. */
  project: string
  state: TaskState
  deadline: Date
  /** From 0 to 1. */
  fraction: number
  /** CPU seconds used, and those of them that are saved: the rest is lost when the task ends now. */
  cpuSeconds: number
  checkpointCpuSeconds: number
  /** It has a process, which computes or waits in memory. */
  isLoaded: boolean
  /** Somebody has suspended this task. */
  isSuspendedByUser: boolean
}

export interface Project {
  /** Master URL, with a slash at its end. */
  url: string
  /** Empty until the project has answered. */
  name: string
  /** What the project calls this client; 0 until it has taken the key. */
  hostId: number
  /** Of this client. */
  credit: number
  /** The client does not ask the project earlier; undefined: whenever it wants. */
  nextRpc: Date | undefined
  /** Calls of the scheduler that failed since the last good one. */
  failedCalls: number
  isSuspended: boolean
  wantsNoMoreWork: boolean
  isDetachedWhenDone: boolean
  /** An account manager has attached it, and no other may detach it. */
  isManaged: boolean
}

/** The account manager that a client follows. */
export interface AccountManager {
  /** With a slash at its end. */
  url: string
  name: string
}

export interface ClientState {
  version: string
  projects: Project[]
  tasks: Task[]
  /** Files on their way that have failed at least once. */
  failedTransfers: number
}

/** Why a client computes nothing; each is a bit of BOINC's number, but for the last ones, which are numbers of their own. */
export interface ClientStatus {
  /** Words; empty: it computes. */
  suspended: string[]
  networkSuspended: string[]
}

export interface Message {
  number: number
  /** Name of the project; empty: of the client itself. */
  project: string
  at: Date
  text: string
}

// lib/common_defs.h of BOINC.
const REASONS: [number, string][] = [
  [1, 'on batteries'],
  [2, 'computer is in use'],
  [4, 'asked to'],
  [8, 'time of day'],
  [16, 'benchmarks'],
  [32, 'disk is full'],
  [64, 'throttled'],
  [128, 'no recent input'],
  [256, 'starting'],
  [512, 'another program runs'],
  [1024, 'CPU is busy'],
  [2048, 'network quota used up'],
]
const PLACED = 4096
const RESULT = {
  downloading: 1,
  downloaded: 2,
  computeError: 3,
  uploading: 4,
  uploaded: 5,
  aborted: 6,
  uploadFailed: 7,
}
const EXECUTING = 1
const SCHEDULED = 2

/** What `<get_cc_status/>` answers. */
export function statusIn(answer: XmlElement): ClientStatus {
  const status = answer.child('cc_status') ?? answer
  return {
    suspended: reasonsOf(status.numberOf('task_suspend_reason')),
    networkSuspended: reasonsOf(status.numberOf('network_suspend_reason')),
  }
}

/** What `<get_state/>` answers. */
export function stateIn(answer: XmlElement): ClientState {
  const state = answer.child('client_state') ?? answer
  const version = ['core_client_major_version', 'core_client_minor_version', 'core_client_release']
  return {
    version: version.map((part) => state.numberOf(part)).join('.'),
    projects: state.all('project').map(projectIn),
    tasks: state.all('result').map(taskIn),
    failedTransfers: state
      .all('file')
      .concat(state.all('file_info'))
      .filter((file) => (file.child('persistent_file_xfer')?.numberOf('num_retries') ?? 0) > 0).length,
  }
}

/** What `<acct_mgr_info/>` answers; undefined: the client follows none. */
export function managerIn(answer: XmlElement): AccountManager | undefined {
  const manager = answer.child('acct_mgr_info') ?? answer
  const url = manager.textOf('acct_mgr_url')
  return url === '' ? undefined : { url, name: manager.textOf('acct_mgr_name') }
}

/** What `<get_messages>` answers, the oldest first. */
export function messagesIn(answer: XmlElement): Message[] {
  return (answer.child('msgs') ?? answer).all('msg').map((message) => ({
    number: message.numberOf('seqno'),
    project: message.textOf('project'),
    at: dateOf(message.numberOf('time')),
    text: message.textOf('body'),
  }))
}

function reasonsOf(number: number): string[] {
  if (number >= PLACED) return ['the system asks for it']
  return REASONS.filter(([bit]) => (number & bit) !== 0).map(([, words]) => words)
}

function projectIn(project: XmlElement): Project {
  const nextRpc = project.numberOf('min_rpc_time')
  return {
    url: project.textOf('master_url'),
    name: project.textOf('project_name'),
    hostId: project.numberOf('hostid'),
    credit: project.numberOf('host_total_credit'),
    nextRpc: nextRpc > 0 ? dateOf(nextRpc) : undefined,
    failedCalls: project.numberOf('nrpc_failures'),
    isSuspended: project.has('suspended_via_gui'),
    wantsNoMoreWork: project.has('dont_request_more_work'),
    isDetachedWhenDone: project.has('detach_when_done'),
    isManaged: project.has('attached_via_acct_mgr'),
  }
}

function taskIn(result: XmlElement): Task {
  const active = result.child('active_task')
  return {
    name: result.textOf('name'),
    project: result.textOf('project_url'),
    state: taskState(result, active),
    deadline: dateOf(result.numberOf('report_deadline')),
    fraction: active?.numberOf('fraction_done') ?? (isComputed(result) ? 1 : 0),
    cpuSeconds: active?.numberOf('current_cpu_time') ?? result.numberOf('final_cpu_time'),
    checkpointCpuSeconds: active?.numberOf('checkpoint_cpu_time') ?? result.numberOf('final_cpu_time'),
    isLoaded: (active?.numberOf('active_task_state') ?? 0) > 0,
    isSuspendedByUser: result.has('suspended_via_gui'),
  }
}

function isComputed(result: XmlElement): boolean {
  return result.numberOf('state') >= RESULT.uploading
}

function taskState(result: XmlElement, active: XmlElement | undefined): TaskState {
  const state = result.numberOf('state')
  if (result.has('ready_to_report')) return isFailed(state) ? 'failed' : 'to report'
  if (isFailed(state)) return 'failed'
  if (state === RESULT.uploading || state === RESULT.uploaded) return 'uploading'
  if (state <= RESULT.downloading) return 'downloading'
  if (result.has('suspended_via_gui')) return 'suspended'
  if (active?.numberOf('active_task_state') === EXECUTING) return 'running'
  return active?.numberOf('scheduler_state') === SCHEDULED ? 'suspended' : 'waiting'
}

function isFailed(state: number): boolean {
  return state === RESULT.computeError || state === RESULT.aborted || state === RESULT.uploadFailed
}

function dateOf(unixSeconds: number): Date {
  return new Date(unixSeconds * 1000)
}
