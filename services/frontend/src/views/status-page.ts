import { type Frame, type Html, html, layout } from '@livepods/page'
import type { PipelineProcess } from '../pipeline-status.ts'
import type { Errors } from './pipeline-health.ts'
import { processList } from './process-list.ts'
import { storeLine } from './store-notice.ts'

/** The status of the pipeline as a whole, and of every process as it reports it. */
export function statusPage(frame: Frame, processes: PipelineProcess[], errors: Errors): Html {
  return layout(frame, {
    title: 'Status',
    current: '/chain',
    styles: ['frontend/status.css'],
    scripts: ['frontend/status.js'],
    live: '/chain/events',
    body: html`<div class="head"><h1>Status</h1></div>
${processes.length === 0 ? html`${storeLine(errors.known)}${empty()}` : processList(processes, errors)}`,
  })
}

function empty(): Html {
  return html`<section class="card empty"><h2>No process is named</h2>
<p>Set <code>STATUS_URLS</code> of the frontend to the ops ports of the processes, and start it again.</p>
<pre tabindex="0"><code>STATUS_URLS=receiver=http://127.0.0.1:9090,image-processor=http://127.0.0.1:9091</code></pre></section>`
}
