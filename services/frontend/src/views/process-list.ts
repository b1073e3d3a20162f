import { chip, type Html, html, time } from '@livepods/page'
import { breakerStatus } from '../breaker-status.ts'
import type { PipelineProcess } from '../pipeline-status.ts'
import { breakerHistory, partList } from './part.ts'
import { type Errors, pipelineHealth } from './pipeline-health.ts'
import { breakerChip } from './status-bar.ts'
import { plural } from './words.ts'

/** What the processes say of themselves, and all of it in a sentence. */
export function processList(processes: PipelineProcess[], errors: Errors): Html {
  return html`<div id="pipeline">
<p id="summary">${summary(processes)}</p>
${pipelineHealth(processes, errors)}
<ul id="processes" class="processes">${processes.map(card)}</ul>
</div>`
}

function summary(processes: PipelineProcess[]): Html {
  const silent = processes.filter(({ status }) => !status)
  const unready = processes.filter(({ status }) => status && !status.ready)
  if (silent.length + unready.length === 0) {
    return chip({
      word: `${plural(processes.length, 'process is', 'processes are')} ready`,
      shape: 'check',
      tone: 'good',
    })
  }
  const names = (some: PipelineProcess[]) => [...new Set(some.map(({ name }) => name))].join(', ')
  const word = [
    silent.length > 0 && `no answer from ${names(silent)}`,
    unready.length > 0 && `not ready: ${names(unready)}`,
  ]
  return chip({ word: word.filter(Boolean).join('; '), shape: 'cross', tone: silent.length > 0 ? 'bad' : 'warn' })
}

function card({ name, address, status, error }: PipelineProcess): Html {
  return html`<li id="process-${name}-${address}" class="card process">
<header><h2>${name}</h2>${stateChip(status)}</header>
${status ? body(status) : html`<p class="bad">${error}</p><p class="muted">The log of ${name} says why; this page asks again by itself.</p>`}
<footer class="muted"><code>${address}</code>${status && html`<span>${status.version}</span>${since(status.since)}`}</footer>
</li>`
}

function stateChip(status: PipelineProcess['status']): Html {
  if (!status) return chip({ word: 'no answer', shape: 'cross', tone: 'bad' })
  if (status.ready) return chip({ word: 'ready', shape: 'dot', tone: 'good' })
  const word = status.state === 'ready' ? 'not ready' : status.state
  return chip({ word, shape: 'half', tone: 'warn' })
}

function body({ faults, parts }: NonNullable<PipelineProcess['status']>): Html {
  const said = breakerStatus(parts.breaker)
  const others = Object.entries(parts).filter(([name]) => name !== 'breaker' || !said)
  return html`${Object.entries(faults).map(([dependency, fault]) => html`<p class="warn">${dependency}: ${fault}</p>`)}
${said && html`<dl class="parts"><div><dt>breaker</dt><dd class="breaker">${breakerChip(said)}</dd></div></dl>${breakerHistory(said.history)}`}
${partList(others)}`
}

function since(text: string): Html | undefined {
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? undefined : html`<span>started ${time(at)}</span>`
}
