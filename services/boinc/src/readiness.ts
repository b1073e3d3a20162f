import type { AccountManager, ClientState, ClientStatus, Message } from '@livepods/boinc'
import type { Declared } from './projects-file.ts'

export type WorkerState = 'no client' | 'unattached' | 'attaching' | 'attached' | 'suspended' | 'draining'

export interface Readiness {
  state: WorkerState
  isReady: boolean
  /** For people: what is missing, and what to do. */
  why: string
}

/** Pauses that end by themselves within a minute. */
const SHORT = ['benchmarks', 'throttled', 'starting']
/** What the client says of a project all the time. */
const ROUTINE =
  /^(Project requested delay|Fetching scheduler list|Master file download|Sending scheduler request|Requesting new|Not requesting|Scheduler request completed|URL )/

interface Seen {
  declared: Declared
  /** The account manager that the client follows. */
  manager: AccountManager | undefined
  state: ClientState
  status: ClientStatus
  messages: readonly Message[]
  /** Why we let tasks wait. */
  pause?: string | undefined
}

/** What the client says while we let tasks wait, or others do. */
const ASKED_TO = 'asked to'

/**
 * Ready is who is attached to all that is declared, and computes. Who has nothing declared is ready, too, as is who follows an account
 * manager that names no project: `kubectl apply` would else never end where there is no key.
 */
export function readinessOf({ declared, manager, state, status, messages, pause }: Seen): Readiness {
  const missing = missingOf(declared, manager, state)
  if (missing.length > 0)
    return {
      state: 'attaching',
      isReady: false,
      why: missing.map((url) => `${url} has not taken us in: ${lastWord(url, state, messages)}`).join(' '),
    }
  if (state.projects.every(({ hostId }) => hostId === 0))
    return {
      state: 'unattached',
      isReady: true,
      why: manager
        ? `The account manager ${manager.url} names no project. Choose some on its page.`
        : 'No project is declared. Write lines "url key" into the file that BOINC_PROJECTS_FILE names.',
    }
  const told = status.suspended.filter((reason) => !SHORT.includes(reason))
  const reasons = pause ? [pause, ...told.filter((reason) => reason !== ASKED_TO)] : told
  if (reasons.length > 0)
    return { state: 'suspended', isReady: false, why: `Nothing is computed: ${reasons.join(', ')}.` }
  return { state: 'attached', isReady: true, why: '' }
}

/** URLs of those who have not taken us in. */
function missingOf({ accounts, manager: declared }: Declared, manager: Seen['manager'], { projects }: ClientState) {
  if (declared && declared.url !== manager?.url) return [declared.url]
  const wanted = declared ? projects.filter(({ isManaged }) => isManaged) : accounts
  return wanted.map(({ url }) => url).filter((url) => !projects.some((one) => one.url === url && one.hostId > 0))
}

/** What the client last said of a project or an account manager that it does not say all the time. */
export function lastWord(url: string, { projects }: ClientState, messages: readonly Message[]): string {
  const name = projects.find((project) => project.url === url)?.name
  const said = messages.findLast(
    ({ project, text }) => (project === url || (name !== '' && project === name)) && !ROUTINE.test(text),
  )
  return said?.text ?? 'it has not answered yet.'
}
