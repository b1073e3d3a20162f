import { type Html, html, time } from '@livepods/page'
import type { KnownState } from '../people/known-state.ts'
import { plural } from './words.ts'

const TITLES: Record<KnownState['kind'], string> = {
  away: 'The known people are away',
  held: 'Known images vanished',
  partly: 'Known images cannot be read',
}

/** What is wrong with the place of the known people; for who may change people with the form that ends a hold. */
export function storeNotice(state: KnownState | undefined, { mayChange }: { mayChange: boolean }): Html | undefined {
  if (!state) return undefined
  const { kind, since, detail, vanished, loss } = state
  return html`<section id="store" class="card notice" role="status" aria-label="Known people">
<p class="warn"><strong>${TITLES[kind]}</strong> <span class="muted">${time(since)}</span></p>
<p><bdi>${detail}</bdi></p>
${
  kind === 'held' &&
  mayChange &&
  html`<form class="stack" method="post" action="/people/gone" enctype="multipart/form-data"><input type="hidden" name="loss" value="${loss}">
<label class="check"><input type="checkbox" name="sure" value="1" required> <span>Forget ${plural(vanished, 'known image')} for good</span></label><button class="danger">Confirm that they are gone</button></form>`
}
</section>`
}

/** The same in a line, for a page that all see alike. */
export function storeLine(state: KnownState | undefined): Html | undefined {
  if (!state) return undefined
  const { kind, since, detail } = state
  return html`<p><strong class="warn">${TITLES[kind]}</strong> <span class="muted">${time(since)}</span> <bdi>${detail}</bdi> <a href="/people">Go to the people.</a></p>`
}
