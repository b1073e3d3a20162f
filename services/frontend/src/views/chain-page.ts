import { type Frame, type Html, html, layout } from '@livepods/page'
import type { ChainProcess } from '../chain.ts'
import type { Errors } from './chain-health.ts'
import { processList } from './process-list.ts'
import { storeLine } from './store-notice.ts'

/** How the chain does, and every process of the suite as it describes itself. */
export function chainPage(frame: Frame, processes: ChainProcess[], errors: Errors): Html {
  return layout(frame, {
    title: 'Chain',
    current: '/chain',
    styles: ['frontend/chain.css'],
    scripts: ['frontend/chain.js'],
    live: '/chain/events',
    body: html`<div class="head"><h1>Chain</h1></div>
${processes.length === 0 ? html`${storeLine(errors.known)}${empty()}` : processList(processes, errors)}`,
  })
}

function empty(): Html {
  return html`<section class="card empty"><h2>No process is named</h2>
<p>Set <code>CHAIN_URLS</code> of the frontend to the ops ports of the processes, and start it again.</p>
<pre tabindex="0"><code>CHAIN_URLS=receiver=http://127.0.0.1:9090,image-processor=http://127.0.0.1:9091</code></pre></section>`
}
