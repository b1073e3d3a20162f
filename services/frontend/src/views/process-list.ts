import { chip, type Html, html, time } from '@livepods/page'
import { breakerStatus } from '../breaker-status.ts'
import type { ChainProcess } from '../chain.ts'
import { breakerHistory, part } from './part.ts'
import { breakerChip } from './status-bar.ts'

export function processList(processes: ChainProcess[]): Html {
  return html`<ul id="processes" class="processes">${processes.map(card)}</ul>`
}

function card({ name, address, status, error }: ChainProcess): Html {
  return html`<li id="process-${name}-${address}" class="card process">
<header><h2>${name}</h2>${stateChip({ status })}</header>
${status ? body(status) : html`<p class="bad">${error}</p><p class="muted">Look at the log of ${name}; this page asks again by itself.</p>`}
<footer class="muted"><code>${address}</code>${status && html`<span>${status.version}</span>${since(status.since)}`}</footer>
</li>`
}

function stateChip({ status }: Pick<ChainProcess, 'status'>): Html {
  if (!status) return chip({ word: 'no answer', shape: 'cross', tone: 'bad' })
  if (status.ready) return chip({ word: 'ready', shape: 'dot', tone: 'good' })
  const word = status.state === 'ready' ? 'not ready' : status.state
  return chip({ word, shape: 'half', tone: 'warn' })
}

function body({ faults, parts }: NonNullable<ChainProcess['status']>): Html {
  const { breaker, ...others } = parts
  const said = breakerStatus(breaker)
  return html`${Object.entries(faults).map(([dependency, fault]) => html`<p class="warn">${dependency}: ${fault}</p>`)}
<dl class="parts">
${said ? html`<div><dt>breaker</dt><dd class="breaker">${breakerChip(said)}</dd></div>` : breaker !== undefined && part('breaker', breaker)}
${Object.entries(others).map(([name, value]) => part(name, value))}
</dl>
${said && breakerHistory(said.history)}`
}

function since(text: string): Html | undefined {
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? undefined : html`<span>started ${time(at)}</span>`
}
