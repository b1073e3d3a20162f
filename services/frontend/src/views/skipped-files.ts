import { type Html, html } from '@livepods/page'
import type { Skipped } from '../people/face-service.ts'
import { plural } from './words.ts'

const NAMES_SHOWN = 8

/** Files among the known people by which nobody is recognised, by their reasons: what a person would have to do is the same for each. */
export function skippedFiles({ files, total }: Skipped): Html | undefined {
  if (total === 0) return undefined
  const reasons = Map.groupBy(files, ({ reason }) => reason)
  const named = total > files.length && ` The first ${files.length} are named; the log of face-recognition has all.`
  return html`<section id="skipped"><h2>Passed over</h2><p class="muted">${plural(total, 'file or folder', 'files and folders')} among the known people, by which nobody is recognised.${named}</p>
<ul class="skipped">${[...reasons].map(
    ([reason, those]) => html`<li class="card"><p><bdi>${reason}</bdi></p>
<ul class="muted">${those.slice(0, NAMES_SHOWN).map(({ name }) => html`<li><bdi>${name}</bdi></li>`)}${those.length > NAMES_SHOWN && html`<li>and ${those.length - NAMES_SHOWN} more</li>`}</ul></li>`,
  )}</ul></section>`
}
