import { chip, durationText, type Html, html, time } from '@livepods/page'
import { breakerOf } from '../breaker-status.ts'
import type { KnownState } from '../people/known-state.ts'
import type { PhotoError } from '../photo-store.ts'
import type { PipelineProcess } from '../pipeline-status.ts'
import { breakerHistory } from './part.ts'
import { breakerChip } from './status-bar.ts'
import { storeLine } from './store-notice.ts'
import { failuresLink, fileName, shortened } from './words.ts'

export interface Errors {
  /** The newest photos that had a fault; undefined while the database does not answer. */
  photos: PhotoError[] | undefined
  /** Where docs/failures.md can be read. */
  failuresUrl: string | undefined
  /** What is wrong with the place of the known people. */
  known?: KnownState | undefined
}

interface Queue {
  depth: number | undefined
  pending: number | undefined
  oldestSeconds: number | undefined
}

/** The health of the pipeline: how many photos wait, for how long, the breaker, and what failed last. */
export function pipelineHealth(processes: PipelineProcess[], { photos, failuresUrl, known }: Errors): Html {
  const { depth, pending, oldestSeconds } = queueOf(processes)
  const breaker = breakerOf(processes)
  return html`<section id="health" class="card health" aria-label="Health of the pipeline">
${storeLine(known)}
<dl class="numbers">
<div><dt>photos pending</dt><dd>${number(pending)}</dd></div>
<div><dt>oldest waits</dt><dd>${oldestSeconds === undefined ? '–' : oldestSeconds < 1 ? '< 1 s' : durationText(oldestSeconds * 1000)}</dd></div>
<div><dt>messages queued</dt><dd>${number(depth)}</dd></div>
<div><dt>breaker</dt><dd class="breaker">${breaker ? breakerChip(breaker) : '–'}</dd></div>
</dl>
<div class="recent">
<div><h2>Last errors</h2>${lastErrors(processes, photos)}</div>
<div><h2>Breaker</h2>${(breaker && breakerHistory(breaker.history)) ?? html`<p class="muted">It has not opened.</p>`}</div>
</div>
<p class="muted">${failuresLink(failuresUrl)}</p>
</section>`
}

function lastErrors(processes: PipelineProcess[], photos: PhotoError[] | undefined): Html {
  const faults = processes.flatMap(({ name, status, error }) => [
    ...(error ? [html`<li>${chip({ word: name, shape: 'cross', tone: 'bad' })} <span>${error}</span></li>`] : []),
    ...Object.entries(status?.faults ?? {}).map(
      ([dependency, fault]) =>
        html`<li>${chip({ word: name, shape: 'half', tone: 'warn' })} <span>${dependency}: <bdi>${shortened(fault, 120)}</bdi></span></li>`,
    ),
    ...fullStore(name, status?.parts.uploads),
  ])
  const unknown = photos
    ? []
    : [html`<li class="warn">The database does not answer, so errors of photos are not known.</li>`]
  const failed = (photos ?? []).map(
    ({ id, path, error, at }) =>
      html`<li><a href="/photos/${id}"><bdi>${shortened(fileName(path), 40)}</bdi></a> <span class="muted">${time(at)}</span> <bdi class="error">${shortened(error, 120)}</bdi></li>`,
  )
  const all = [...faults, ...unknown, ...failed]
  return all.length > 0 ? html`<ul class="errors">${all}</ul>` : html`<p class="muted">None.</p>`
}

/** What a receiver says of uploads that it refused with 507. */
function fullStore(name: string, uploads: unknown): Html[] {
  const { state, since, reason, refused } = record(uploads)
  if (state !== 'full') return []
  const count = `${Number(refused)} ${refused === 1 ? 'upload' : 'uploads'} refused`
  return [
    html`<li>${chip({ word: name, shape: 'half', tone: 'warn' })} <span class="muted">${time(new Date(String(since)))}</span> <span>${count}: <bdi>${shortened(String(reason), 120)}</bdi></span></li>`,
  ]
}

const number = (value: number | undefined) => (value === undefined ? '–' : value.toLocaleString('en'))

/** What the processes that consume the queue say of it; all replicas speak of the same queue and the same rows. */
function queueOf(processes: PipelineProcess[]): Queue {
  const queues = processes.map(({ status }) => record(status?.parts.queue))
  const pendings = queues.map(({ pending }) => record(pending))
  return {
    depth: largest(queues.map(({ depth }) => depth)),
    pending: largest(pendings.map(({ images }) => images)),
    oldestSeconds: largest(pendings.map(({ oldestSeconds }) => oldestSeconds)),
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function largest(values: unknown[]): number | undefined {
  const numbers = values.filter((value) => typeof value === 'number' && Number.isFinite(value)) as number[]
  return numbers.length > 0 ? Math.max(...numbers) : undefined
}
