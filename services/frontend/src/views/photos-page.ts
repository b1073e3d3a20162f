import { type Frame, type Html, html, layout } from '@livepods/page'
import type { Person, Photo } from '@livepods/photo-api'
import type { BreakerStatus } from '../breaker-status.ts'
import { type Counts, LABELS, type Label } from '../photo.ts'
import type { ReMatchStatus } from '../re-match-status.ts'
import { card } from './card.ts'
import { statusBar } from './status-bar.ts'
import { uploadForm, uploadList } from './upload-form.ts'

export interface PageFilter {
  state?: Label | undefined
  person?: number | undefined
  /** Photos older than this one, in decimal. */
  before?: string | undefined
}

export interface PhotosPage {
  filter: PageFilter
  photos: Photo[]
  /** `before` of the next page. */
  next: string | undefined
  counts: Counts
  people: Person[]
  breaker: BreakerStatus | undefined
  reMatch: ReMatchStatus | undefined
  /** Where programs send photos. */
  receiver: string
  /** Who looks may send photos. */
  maySend: boolean
}

export function photosPage(frame: Frame, page: PhotosPage): Html {
  const { filter, photos, next, counts, people, breaker, reMatch, maySend } = page
  return layout(frame, {
    title: 'Persons of interest',
    current: '/',
    styles: ['frontend/photos.css', ...(maySend ? ['frontend/upload.css'] : [])],
    scripts: ['frontend/photos.js', ...(maySend ? ['frontend/upload.js'] : [])],
    live: '/events',
    body: html`<div class="head"><h1>Persons of interest</h1>${maySend && uploadForm()}${filters(filter, people)}</div>
${maySend && uploadList}
${statusBar(counts, breaker, reMatch)}
<ul id="grid" class="grid" data-state="${filter.state}" data-person="${filter.person}"${filter.before === undefined && html` data-first`}>
${photos.map(card)}</ul>
<div id="after">${photos.length === 0 ? nothing(page) : paging(filter, next)}</div>`,
  })
}

function filters({ state, person }: PageFilter, people: Person[]): Html {
  const twice = new Set(people.map(({ name }) => name).filter((name, index, all) => all.indexOf(name) !== index))
  return html`<form class="filters" method="get" action="/">
<label>State <select name="state"><option value="">all</option>${LABELS.map((option) => html`<option${option === state && html` selected`}>${option}</option>`)}</select></label>
<label>Person <select name="person"><option value="">all</option>${people.map(
    ({ id, name }) =>
      html`<option value="${id}"${id === person && html` selected`}>${name}${twice.has(name) && ` (${id})`}</option>`,
  )}</select></label>
<button>Show</button>
</form>`
}

function paging(filter: PageFilter, next: string | undefined): Html {
  return html`<nav class="paging" aria-label="More photos">${
    filter.before !== undefined &&
    html`<a class="button" href="${address({ ...filter, before: undefined })}">Newest</a>`
  }${next !== undefined && html`<a class="button" rel="next" href="${address({ ...filter, before: next })}">Older</a>`}</nav>`
}

function address(filter: PageFilter): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, String(value))
  return query.size > 0 ? `/?${query}` : '/'
}

function nothing({ filter, receiver, maySend }: PhotosPage): Html {
  const past = filter.before !== undefined
  if (past || filter.state !== undefined || filter.person !== undefined) {
    return html`<section class="card empty"><h2>${past ? 'There are no older photos' : 'No photo fits this filter'}</h2>
<p>${past ? html`<a href="${address({ ...filter, before: undefined })}">Go to the newest photos.</a>` : html`Choose another state or person, or <a href="/">show all photos</a>.`}</p></section>`
  }
  if (!maySend)
    return html`<section class="card empty"><h2>No photos yet</h2>
<p>Each appears here as soon as somebody sends it. Your access token lets you look; one with the role submit sends photos.</p></section>`
  return html`<section class="card empty"><h2>No photos yet</h2>
<p>Drop photos onto this page, or choose some above: each appears here at once, and then who is on it.</p>
<p>From a program: send the bytes of a photo.</p>
<pre tabindex="0"><code>curl -H 'content-type: image/jpeg' --data-binary @photo.jpg ${receiver}/v1/images</code></pre></section>`
}
