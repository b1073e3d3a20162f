import { chip, type Frame, type Html, html, layout, time } from '@livepods/page'
import type { Change } from '../history.ts'
import type { WorkloadReport } from '../reconciler.ts'
import type { ContainerReport } from '../rollout/rollout.ts'
import type { Phase } from '../rollout/state.ts'

export interface DeliveryView {
  reports: readonly WorkloadReport[]
  faults: readonly string[]
  changes: readonly Change[]
  isLeader: boolean
  freeze: string | undefined
  mode: 'roll' | 'report'
  /** Who looks may approve and undo. */
  mayChange: boolean
}

const SHOWN_CHANGES = 50

/** Every watched workload, what waits and why, and what was done. */
export function deliveryPage(frame: Frame, view: DeliveryView): Html {
  const { reports, faults, changes, isLeader, freeze, mode, mayChange } = view
  return layout(frame, {
    title: 'Delivery',
    current: '/',
    styles: ['image-watcher/delivery.css'],
    scripts: ['image-watcher/delivery.js'],
    live: '/events',
    body: html`<h1>Delivery</h1>
<div id="delivery">
<p class="muted" id="mode">${mode === 'report' ? 'It changes nothing, and tells what it would.' : isLeader ? 'This replica acts.' : 'Another replica acts.'}</p>
${freeze !== undefined && html`<p class="card note" id="freeze">Everything is frozen: <bdi>${freeze}</bdi></p>`}
${faults.map((fault) => html`<p class="card note">The cluster is not seen as it is: ${fault}</p>`)}
<section id="workloads"><h2>Workloads</h2><ul class="workloads">${reports.length === 0 ? nothing() : reports.map((report) => workload(report, mayChange))}</ul></section>
${changes.length > 0 && html`<section id="changes"><h2>Changes</h2><ol class="changes">${changes.slice(0, SHOWN_CHANGES).map(change)}</ol></section>`}
</div>`,
  })
}

function workload({ workload, containers, fault }: WorkloadReport, mayChange: boolean): Html {
  return html`<li class="card workload" id="workload-${workload}"><h3><bdi>${workload}</bdi></h3>
${fault !== undefined && html`<p>${chip({ word: 'not looked at', shape: 'cross', tone: 'bad' })} ${fault}</p>`}
${containers.map((report) => container(report, mayChange && workload))}</li>`
}

/** @param workload the name of what it belongs to, where orders for it are taken. */
function container(report: ContainerReport, workload: string | false): Html {
  const { container, image, wanted, why, warning } = report
  return html`<div class="container"><div class="name"><h4><bdi>${container}</bdi></h4>${state(report)}</div>
<p><code>${image}</code></p>
${wanted && !image.endsWith(wanted.digest) && html`<p class="muted">Its policy chooses <code>${wanted.tag}@${wanted.digest}</code></p>`}
<p>${why}</p>${warning !== undefined && html`<p>${warning}</p>`}${workload !== false && orders(report, workload)}</div>`
}

function orders({ container, image, wanted, gate, former }: ContainerReport, workload: string): Html {
  const fields = html`<input type="hidden" name="workload" value="${workload}"><input type="hidden" name="container" value="${container}"><input type="hidden" name="image" value="${image}">`
  return html`${
    gate === 'approval' &&
    wanted &&
    html`<form class="order" method="post" action="/approve">${fields}<input type="hidden" name="digest" value="${wanted.digest}"><button aria-label="Approve the image of ${workload}, ${container}">Approve</button></form>`
  }${former !== undefined && html`<form class="order" method="post" action="/undo">${fields}<button aria-label="Undo the rollout of ${workload}, ${container}" title="Brings ${former} back">Undo</button></form>`}`
}

/** Of those that somebody should know, whatever the registry says. */
const CHIPS: Partial<Record<Phase, Parameters<typeof chip>[0]>> = {
  rolling: { word: 'rolling', shape: 'half', tone: 'accent' },
  soaking: { word: 'soaking', shape: 'half', tone: 'accent' },
  undone: { word: 'undone', shape: 'cross', tone: 'bad' },
  contested: { word: 'contested', shape: 'cross', tone: 'bad' },
  held: { word: 'held', shape: 'diamond', tone: 'warn' },
}

function state({ phase, image, wanted, waitsForYou }: ContainerReport): Html {
  if (waitsForYou) return chip({ word: 'waits for you', shape: 'clock', tone: 'warn' })
  const own = phase && CHIPS[phase]
  if (own) return chip(own)
  if (!wanted) return chip({ word: 'unknown', shape: 'ring', tone: 'plain' })
  if (image.endsWith(wanted.digest)) return chip({ word: 'newest', shape: 'check', tone: 'good' })
  return chip({ word: 'waits', shape: 'clock', tone: 'warn' })
}

function change({ at, workload, container, what, from, to, why }: Change): Html {
  return html`<li><strong>${what}</strong> <bdi>${workload}</bdi> ${container}, ${time(new Date(at))}: ${why}
${from !== to && html`<br><code>${from}</code> → <code>${to}</code>`}</li>`
}

function nothing(): Html {
  return html`<li class="card empty" id="nothing"><h3>Nothing is watched</h3>
<p>Let it watch a workload: <code>kubectl annotate deployment NAME livepods.dev/watch=true</code></p></li>`
}
