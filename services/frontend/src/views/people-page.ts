import { type Frame, type Html, html, layout } from '@livepods/page'
import type { Person } from '@livepods/photo-api'
import type { Skipped } from '../people/face-service.ts'
import type { KnownState } from '../people/known-state.ts'
import type { PersonCard, ShownChange, UnknownCluster } from '../people/people-store.ts'
import type { Suggestion } from '../people/suggestions.ts'
import type { ReMatchStatus } from '../re-match-status.ts'
import { changeList, notice } from './notice.ts'
import { skippedFiles } from './skipped-files.ts'
import { reMatchText } from './status-bar.ts'
import { storeNotice } from './store-notice.ts'
import { nameList, whoForm } from './who.ts'
import { distanceText, nameOf, plural } from './words.ts'

export interface PeoplePage {
  people: PersonCard[]
  /** `before` of the next page. */
  next: number | undefined
  isFirst: boolean
  clusters: UnknownCluster[]
  suggestions: ReadonlyMap<string, Suggestion>
  names: Person[]
  warnings: ReadonlyMap<string, string>
  changes: ShownChange[]
  change: ShownChange | undefined
  reMatch: ReMatchStatus | undefined
  /** Who looks may change people. */
  mayChange: boolean
  /** Why the face service cannot be used. */
  fault: string | undefined
  state: KnownState | undefined
  /** Absent on further pages. */
  skipped: Skipped | undefined
}

const IMAGES_SHOWN = 4

export function peoplePage(frame: Frame, page: PeoplePage): Html {
  const { people, clusters, suggestions, names, changes, change, reMatch, mayChange } = page
  const back = mayChange ? '/people' : undefined
  return layout(frame, {
    title: 'People',
    current: '/people',
    styles: ['frontend/people.css'],
    scripts: ['frontend/people.js'],
    live: '/people/events',
    body: html`<div class="head"><h1>People</h1>${mayChange && html`<a class="button" href="#add">Add a person</a>`}</div>
<div id="people">
${storeNotice(page.state, { mayChange })}
<div id="notice">${notice(change, back)}${page.fault && html`<p class="warn">${page.fault}</p>`}${reMatch && html`<p>${reMatchText(reMatch)}</p>`}</div>
${clusters.length > 0 && html`<section id="strangers"><h2>Who are they?</h2><p class="muted">Faces that look alike and have no name yet.${mayChange && ' A name goes to all photos of the group.'}</p><ul class="cards">${clusters.map((group) => strangerCard(group, mayChange ? { suggestion: suggestions.get(group.id) } : undefined))}</ul></section>`}
<section id="known"><h2>Known people</h2>
${people.length === 0 ? nobody(page) : html`<ul class="cards">${people.map((person) => personCard(person, page))}</ul>`}
${paging(page)}</section>
${page.skipped && skippedFiles(page.skipped)}
${mayChange && addForm()}
${changes.length > 0 && html`<section id="changes"><h2>Lately</h2>${changeList(changes, back)}</section>`}
${mayChange && nameList(names)}
</div>`,
  })
}

/** `forms` for who may say who it is. */
function strangerCard(
  { id, photos, faces }: UnknownCluster,
  forms: { suggestion: Suggestion | undefined } | undefined,
): Html {
  const [first] = faces
  return html`<li id="group-${id}" class="card person">
<div class="faces-row">${faces.map((face) => html`<a href="/photos/${face.image_id}#face-${face.id}"><img src="/photos/${face.image_id}/faces/${face.id}" alt="A face on photo ${face.image_id}" width="72" height="72" loading="lazy"></a>`)}</div>
<h3>Not known <span class="muted">on ${plural(photos, 'photo')}</span></h3>
${first && forms?.suggestion && suggested(id, first, forms.suggestion)}
${first && forms && whoForm({ photo: first.image_id, face: first.id, back: '/people', label: 'Who is this?', seen: 0 })}</li>`
}

function suggested(
  group: string,
  first: { id: string; image_id: string },
  { person, group: other, distance }: Suggestion,
): Html {
  return html`<div class="suggestion"><p>Perhaps ${nameOf(person.name)} <span class="muted">${distanceText(distance)}</span></p>
<form method="post" action="/photos/${first.image_id}/faces/${first.id}/name" enctype="multipart/form-data"><input type="hidden" name="back" value="/people"><input type="hidden" name="person" value="${person.id}"><input type="hidden" name="seen" value="0"><button>Yes</button></form>
<form method="post" action="/groups/${group}/apart/${other}" enctype="multipart/form-data"><button>No</button></form></div>`
}

function personCard({ id, name, images, photos }: PersonCard, { warnings, mayChange }: PeoplePage): Html {
  const faulty = images.filter((image) => warnings.has(image.image_name)).length
  return html`<li id="person-${id}" class="card person">
<div class="faces-row">${images.slice(0, IMAGES_SHOWN).map((image) => html`<img src="/people/${id}/images/${image.id}/thumbnail" alt="" width="72" height="72" loading="lazy">`)}</div>
<h3><a href="/people/${id}">${nameOf(name)}</a></h3>
<p class="muted"><a href="/?person=${id}">${plural(photos, 'photo')}</a> · ${plural(images.length, 'known photo')}</p>
${images.length === 0 && html`<p class="warn">Nothing is known of the face.${mayChange && ' Add a photo.'}</p>`}
${faulty > 0 && html`<p class="warn">${plural(faulty, 'known photo')} ${faulty === 1 ? 'needs' : 'need'} a look.</p>`}</li>`
}

function nobody({ isFirst, mayChange }: PeoplePage): Html {
  if (!isFirst) return html`<p>There are no further people. <a href="/people">Go to the newest.</a></p>`
  return html`<p class="card empty">Nobody is known yet.${mayChange && ' Name a face above or on a photo, or add a person with a photo below.'}</p>`
}

function paging({ people, next, isFirst }: PeoplePage): Html | undefined {
  if (next === undefined && (isFirst || people.length === 0)) return undefined
  return html`<nav class="paging" aria-label="More people">${!isFirst && html`<a class="button" href="/people">Newest</a>`}${next !== undefined && html`<a class="button" rel="next" href="/people?before=${next}">Older</a>`}</nav>`
}

function addForm(): Html {
  return html`<section id="add" class="card panel"><h2>Add a person</h2>
<form class="stack" method="post" action="/people" enctype="multipart/form-data">
<label><span>Name</span> <input name="name" autocomplete="off" required></label>
<label><span>Photos on which only this face is well seen</span> <input type="file" name="photos" accept="image/jpeg,image/png,image/webp" multiple required></label>
<label class="check"><input type="checkbox" name="another" value="1"> <span>Another person, although somebody has that name already</span></label>
<button>Add</button></form></section>`
}
