import { type Html, html, time } from '@livepods/page'
import type { Change } from '../people/change-log.ts'
import { nameOf, plural } from './words.ts'

/** What was done, at the top of the page to which it led; with the page to come back to, for who may undo it, and why the face service cannot be used. */
export function notice(change: Change | undefined, back: string | undefined, fault?: string): Html | undefined {
  if (!change) return undefined
  const { warnings = [], warning } = change.before as { warnings?: string[]; warning?: string }
  return html`<section class="card notice" role="status" aria-label="Last change"><p>${change.undoneAt ? 'Undone: ' : ''}${sentence(change)}</p>
${[...warnings, warning].map((text) => text && html`<p class="warn"><bdi>${text}</bdi></p>`)}
${change.before.state === 'doing' && change.action === 'name' && html`<p class="warn">${fault ?? 'The face service has not learned it yet.'} Later photos are recognised as soon as it has.</p>`}
${undoForm(change, back)}</section>`
}

/** What was done lately; with the page to come back to, for who may undo it. */
export function changeList(changes: Change[], back: string | undefined): Html {
  return html`<ul class="changes">${changes.map(
    (change) =>
      html`<li id="change-${change.id}"><span>${change.undoneAt ? html`<s>${sentence(change)}</s> <span class="muted">undone</span>` : sentence(change)} ${time(change.at)}</span>${undoForm(change, back)}</li>`,
  )}</ul>`
}

function undoForm({ id, action, undoneAt, before }: Change, back: string | undefined): Html | undefined {
  if (back === undefined || undoneAt || action === 'delete' || before.state === 'doing') return undefined
  return html`<form method="post" action="/changes/${id}/undo" enctype="multipart/form-data"><input type="hidden" name="back" value="${back}"><button>Undo</button></form>`
}

function sentence({ action, before }: Change): Html | string {
  const said = before as unknown as Record<string, never> & {
    name: string
    from: { name: string } | string
    photos: number
    images: string[]
  }
  const name = nameOf(said.name ?? '')
  switch (action) {
    case 'name':
      return html`${name} is named on ${plural(said.photos, 'photo')}.`
    case 'rename':
      return html`${nameOf(String(said.from))} is now called ${name}.`
    case 'add':
      return html`${name} has ${plural(said.images.length, 'more known photo', 'more known photos')}.`
    case 'remove-image':
      return html`A known photo of ${name} is removed.`
    case 'merge':
      return html`${nameOf((said.from as { name: string }).name)} is merged into ${name}.`
    case 'split':
      return said.name
        ? html`A face is set apart: it is not ${name}.`
        : 'A face is set apart from those that look like it.'
    case 'apart':
      return 'Two groups are kept apart.'
    case 'delete':
    case 'gone':
      return 'A person is deleted, with everything that was derived from them.'
  }
}
