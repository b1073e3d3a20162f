import { type Html, html, time } from '@livepods/page'
import type { Change } from '../people/change-log.ts'
import { UNDO_MINUTES } from '../people/deleting.ts'
import { formerOf } from '../people/naming.ts'
import type { ShownChange } from '../people/people-store.ts'
import { nameOf, plural } from './words.ts'

/**
 * The last change, in a sentence at the top of the page.
 * @param back the page to return to after an undo; undefined for a reader who may not undo.
 * @param fault why the face service cannot be used at the moment.
 */
export function notice(change: ShownChange | undefined, back: string | undefined, fault?: string): Html | undefined {
  if (!change) return undefined
  const { warnings = [], warning } = change.before as { warnings?: string[]; warning?: string }
  return html`<section class="card notice" role="status" aria-label="Last change"><p>${change.undoneAt || change.before.state === 'undoing' ? 'Undone: ' : ''}${sentence(change)}</p>
${[...warnings, warning].map((text) => text && html`<p class="warn"><bdi>${text}</bdi></p>`)}
${change.before.state === 'doing' && change.action === 'name' && html`<p class="warn">${fault ?? 'The face service has not learned it yet.'} Later photos are recognised as soon as it has.</p>`}
${undoForm(change, back)}</section>`
}

/** The latest changes. `back` is as in `notice`. */
export function changeList(changes: ShownChange[], back: string | undefined): Html {
  return html`<ul class="changes">${changes.map(
    (change) =>
      html`<li id="change-${change.id}"><span>${change.undoneAt ? html`<s>${sentence(change)}</s> <span class="muted">undone</span>` : sentence(change)} ${time(change.at)}</span>${undoForm(change, back)}</li>`,
  )}</ul>`
}

function undoForm({ id, undoable }: ShownChange, back: string | undefined): Html | undefined {
  if (back === undefined || !undoable) return undefined
  return html`<form method="post" action="/changes/${id}/undo" enctype="multipart/form-data"><input type="hidden" name="back" value="${back}"><button>Undo</button></form>`
}

function sentence(change: Change & { undoable?: boolean }): Html | string {
  const { action, before } = change
  const said = before as unknown as Record<string, never> & {
    name: string
    from: { name: string } | string
    photos: number
    images: string[]
  }
  const name = nameOf(said.name ?? '')
  switch (action) {
    case 'name': {
      const former = formerOf(change)
      return html`${name} is named on ${plural(said.photos, 'photo')}${former && html`; the face was ${nameOf(former.name)}’s before`}.`
    }
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
      if (change.undoable)
        return `A person is deleted. For ${UNDO_MINUTES} minutes this can be undone; then nothing is left of them.`
      return 'A person is deleted, with everything that was derived from them.'
    case 'gone':
      return 'A person is deleted, with everything that was derived from them.'
  }
}
