import type { Account, ClientState, ClientStatus, Message } from '@livepods/boinc'

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
  accounts: readonly Account[]
  state: ClientState
  status: ClientStatus
  messages: readonly Message[]
}

/**
 * Ready is who is attached to all that is declared, and computes. Who has nothing declared is ready, too: `kubectl apply` would else never
 * end where there is no key.
 */
export function readinessOf({ accounts, state, status, messages }: Seen): Readiness {
  const projects = state.projects.filter(({ hostId }) => hostId > 0)
  const missing = accounts.filter(({ url }) => !projects.some((project) => project.url === url))
  if (accounts.length === 0 && projects.length === 0)
    return {
      state: 'unattached',
      isReady: true,
      why: 'No project is declared. Write lines "url key" into the file that BOINC_PROJECTS_FILE names.',
    }
  if (missing.length > 0)
    return {
      state: 'attaching',
      isReady: false,
      why: missing.map(({ url }) => `${url} has not taken us in: ${lastWord(url, state, messages)}`).join(' '),
    }
  const reasons = status.suspended.filter((reason) => !SHORT.includes(reason))
  if (reasons.length > 0)
    return { state: 'suspended', isReady: false, why: `Nothing is computed: ${reasons.join(', ')}.` }
  return { state: 'attached', isReady: true, why: '' }
}

/** What the client last said of a project that it does not say all the time. */
export function lastWord(url: string, { projects }: ClientState, messages: readonly Message[]): string {
  const name = projects.find((project) => project.url === url)?.name
  const said = messages.findLast(
    ({ project, text }) => (project === url || (name !== '' && project === name)) && !ROUTINE.test(text),
  )
  return said?.text ?? 'it has not answered yet.'
}
