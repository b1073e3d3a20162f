import { type Frame, type Html, html, layout } from '@livepods/page'
import { shortened } from './words.ts'

/** What the receiver says of one file of a form. */
export interface UploadResult {
  name: string
  result: 'accepted' | 'duplicate' | 'refused'
  id?: string
  detail?: string
}

/** What became of the photos of a form when there is more to say than that they are here. */
export function uploadPage(frame: Frame, results: UploadResult[]): Html {
  return layout(frame, {
    title: 'Photos sent',
    styles: ['frontend/upload.css'],
    body: html`<section class="card empty"><h1>Photos sent</h1>
<ul class="sent">${results.map((result) => html`<li>${sentence(result)}</li>`)}</ul>
<p><a href="/">Go to the photos.</a></p></section>`,
  })
}

function sentence({ name, result, id, detail }: UploadResult): Html {
  const called = html`<bdi>${shortened(name, 60)}</bdi>`
  if (result === 'accepted') return html`${called} is <a href="/photos/${id}">accepted</a>.`
  if (result === 'duplicate') return html`${called} is <a href="/photos/${id}">here already</a>.`
  return html`${name !== '' && html`${called} was not taken. `}${detail}`
}
