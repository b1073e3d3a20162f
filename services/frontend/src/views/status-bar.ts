import { chip, type Html, html, until } from '@livepods/page'
import type { BreakerStatus } from '../breaker-status.ts'
import { type Counts, LABELS } from '../photo.ts'
import type { ReMatchStatus } from '../re-match-status.ts'
import { stateChip, toneOf } from './words.ts'

/** How many photos are in each state, as a bar and as links to them, the breaker where it is open, and how far a re-match is. */
export function statusBar(counts: Counts, breaker: BreakerStatus | undefined, reMatch?: ReMatchStatus): Html {
  return html`<section id="status" class="card status" aria-label="All photos by state">
${share(counts)}
<ul>${LABELS.map((label) => html`<li><a href="/?state=${label}">${stateChip(label)} <b>${counts[label].toLocaleString('en')}</b></a></li>`)}
${reMatch && html`<li>${reMatchText(reMatch)}</li>`}${breaker && html`<li class="breaker"><a href="/chain">breaker ${breakerChip(breaker)}</a></li>`}</ul>
</section>`
}

/** In words, for a page that is told again each second. */
export function reMatchText({ done, total }: ReMatchStatus): Html {
  return html`<span class="accent">Looking again at faces: ${done.toLocaleString('en')} of ${total.toLocaleString('en')}</span>`
}

/** Open says when the next ping goes out. */
export function breakerChip({ state, nextPingAt }: BreakerStatus): Html {
  if (state === 'closed') return chip({ word: 'closed', shape: 'dot', tone: 'good' })
  return html`${chip({ word: 'open', shape: 'cross', tone: 'bad' })}${nextPingAt && html`<span class="muted">next ping ${until(nextPingAt)}</span>`}`
}

const WIDTH = 1000
const GAP = 3

function share(counts: Counts): Html {
  const present = LABELS.filter((label) => counts[label] > 0)
  const all = present.reduce((sum, label) => sum + counts[label], 0)
  const room = WIDTH - GAP * Math.max(0, present.length - 1)
  let x = 0
  const parts = present.map((label) => {
    const width = (room * counts[label]) / all
    const part = html`<rect class="fill ${toneOf(label)}" x="${x.toFixed(1)}" y="0" width="${width.toFixed(1)}" height="6"/>`
    x += width + GAP
    return part
  })
  return html`<svg class="share" viewBox="0 0 ${WIDTH} 6" preserveAspectRatio="none" aria-hidden="true">${parts}</svg>`
}
