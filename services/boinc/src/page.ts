import type { Message, Project, Task, TaskState } from '@livepods/boinc'
import { chip, durationText, type Frame, type Html, html, layout, time, until } from '@livepods/page'
import type { Readiness, WorkerState } from './readiness.ts'
import type { Seen } from './worker.ts'

export interface ComputeView {
  readiness: Readiness
  faults: readonly string[]
  seen: Seen | undefined
  messages: readonly Message[]
}

type Chip = Parameters<typeof chip>[0]

const SHOWN_MESSAGES = 20
const SHOWN_TASKS = 100

const WORKER: Record<WorkerState, Chip> = {
  'no client': { word: 'no client', shape: 'cross', tone: 'bad' },
  unattached: { word: 'unattached', shape: 'ring', tone: 'plain' },
  attaching: { word: 'attaching', shape: 'clock', tone: 'warn' },
  attached: { word: 'attached', shape: 'check', tone: 'good' },
  suspended: { word: 'suspended', shape: 'diamond', tone: 'warn' },
  draining: { word: 'draining', shape: 'half', tone: 'accent' },
}
const TASK: Record<TaskState, Chip> = {
  downloading: { word: 'downloading', shape: 'clock', tone: 'plain' },
  waiting: { word: 'waiting', shape: 'clock', tone: 'plain' },
  running: { word: 'running', shape: 'half', tone: 'accent' },
  suspended: { word: 'suspended', shape: 'diamond', tone: 'warn' },
  uploading: { word: 'uploading', shape: 'dot', tone: 'accent' },
  'to report': { word: 'done', shape: 'check', tone: 'good' },
  failed: { word: 'failed', shape: 'cross', tone: 'bad' },
}

/** How the client is, its projects and tasks, and what it says. */
export function computePage(frame: Frame, { readiness, faults, seen, messages }: ComputeView): Html {
  const { projects = [], tasks = [] } = seen?.state ?? {}
  const { manager } = seen ?? {}
  return layout(frame, {
    title: 'Compute',
    current: '/',
    styles: ['boinc/compute.css'],
    scripts: ['boinc/compute.js'],
    live: '/events',
    body: html`<h1>Compute</h1>
<div id="compute">
<p id="state">${chip(WORKER[readiness.state])} ${readiness.why}</p>
${faults.map((fault) => html`<p class="card note">${fault}</p>`)}
<section id="projects"><h2>Projects</h2>${manager && html`<p class="muted">Those of an account manager are chosen on its page: <bdi>${manager.name || manager.url}</bdi></p>`}${projects.length === 0 ? html`<p class="muted">None yet.</p>` : html`<ul class="rows">${projects.map(projectRow)}</ul>`}</section>
<section id="tasks"><h2>Tasks</h2>${tasks.length === 0 ? html`<p class="muted">None now.</p>` : html`<ul class="rows">${tasks.slice(0, SHOWN_TASKS).map(taskRow)}</ul>`}
${tasks.length > SHOWN_TASKS && html`<p class="muted">And ${tasks.length - SHOWN_TASKS} more.</p>`}</section>
${messages.length > 0 && html`<section id="messages"><h2>What the client says</h2><ol class="messages">${messages.slice(-SHOWN_MESSAGES).toReversed().map(messageRow)}</ol></section>`}
</div>`,
  })
}

function projectRow(project: Project): Html {
  const {
    url,
    name,
    hostId,
    credit,
    nextRpc,
    failedCalls,
    isSuspended,
    wantsNoMoreWork,
    isDetachedWhenDone,
    isManaged,
  } = project
  return html`<li class="card row"><h3><bdi>${name || url}</bdi></h3>
${chip(hostId > 0 ? { word: 'attached', shape: 'check', tone: 'good' } : { word: 'attaching', shape: 'clock', tone: 'warn' })}
${isSuspended && chip({ word: 'suspended', shape: 'diamond', tone: 'warn' })}
${isDetachedWhenDone ? chip({ word: 'leaves when done', shape: 'half', tone: 'plain' }) : wantsNoMoreWork && chip({ word: 'no new tasks', shape: 'diamond', tone: 'plain' })}
${isManaged && chip({ word: 'by account manager', shape: 'dot', tone: 'plain' })}
${name !== '' && html`<p class="muted"><bdi>${url}</bdi></p>`}
<p>Credit ${Math.round(credit).toLocaleString('en')}${nextRpc && html`, next call ${until(nextRpc)}`}${failedCalls > 0 && html`, ${failedCalls} calls failed`}</p></li>`
}

function taskRow({ name, state, fraction, cpuSeconds, checkpointCpuSeconds, deadline }: Task): Html {
  const percent = Math.round(100 * fraction)
  return html`<li class="card row"><h3><bdi>${name}</bdi></h3>${chip(TASK[state])}
<p><progress max="100" value="${percent}" aria-label="${name}">${percent} %</progress> ${percent} %</p>
<p>${cpuSeconds > 0 && html`CPU ${durationText(cpuSeconds * 1000)}, saved ${durationText(checkpointCpuSeconds * 1000)}, `}due ${until(deadline)}</p></li>`
}

function messageRow({ at, project, text }: Message): Html {
  return html`<li>${time(at)} ${project !== '' && html`<bdi>${project}</bdi>: `}${text}</li>`
}
