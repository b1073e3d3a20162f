import { type Frame, type Html, html, layout } from '@livepods/page'
import type { Person } from '@livepods/photo-api'
import type { KnownState } from '../people/known-state.ts'
import type { KnownImageRow, PersonCard, ShownChange } from '../people/people-store.ts'
import { notice } from './notice.ts'
import { storeNotice } from './store-notice.ts'
import { nameOf, plural } from './words.ts'

export interface PersonPage {
  person: PersonCard
  /** To be merged with. */
  others: Person[]
  warnings: ReadonlyMap<string, string>
  change: ShownChange | undefined
  /** Who looks may change people. */
  mayChange: boolean
  /** Why the face service cannot be used. */
  fault: string | undefined
  state: KnownState | undefined
}

const form = html`method="post" enctype="multipart/form-data"`

export function personPage(
  frame: Frame,
  { person, others, warnings, change, mayChange, fault, state }: PersonPage,
): Html {
  const { id, name, images, photos } = person
  const back = `/people/${id}`
  return layout(frame, {
    title: name,
    current: '/people',
    styles: ['frontend/people.css'],
    scripts: ['frontend/people.js'],
    live: '/people/events',
    body: html`<p class="trail"><a href="/people">People</a> <span aria-hidden="true">/</span> ${nameOf(name)}</p>
<div id="people">
${storeNotice(state, { mayChange })}
<div id="notice">${notice(change, mayChange ? back : undefined, fault)}</div>
<div id="who"><h1>${nameOf(name)}</h1>
<p><a href="/?person=${id}">${plural(photos, 'photo')}</a> on which they are recognised</p></div>
<section id="images"><h2>Known photos</h2>
${images.length === 0 && html`<p class="warn">Nothing is known of the face, so nobody is recognised.${mayChange && ' Add a photo.'}</p>`}
<ul class="cards">${images.map((image) => imageCard(image, { person: id, warning: warnings.get(image.image_name), mayChange }))}</ul></section>
${mayChange && panels(person, others)}</div>`,
  })
}

function panels({ id, name }: PersonCard, others: Person[]): Html {
  const back = `/people/${id}`
  return html`<div id="panels" class="panels">
<section class="card panel" id="more"><h2>Add photos</h2><form class="stack" action="${back}/images" ${form}>
<label><span>Photos on which only this face is well seen</span> <input type="file" name="photos" accept="image/jpeg,image/png,image/webp" multiple required></label><button>Add</button></form></section>
<section class="card panel" id="rename"><h2>Rename</h2><form class="stack" action="${back}/rename" ${form}>
<label><span>Name</span> <input name="name" value="${name}" autocomplete="off" required></label><button>Rename</button></form></section>
${others.length > 0 && mergeForm(back, name, others)}
<section class="card panel" id="delete"><h2>Delete</h2>
<p>The name, all known photos, the groups, and what the face looks like are deleted. Photos stay, with a face that is nobody’s. For five minutes this can be undone; then nothing is left.</p>
<form class="stack" action="${back}/delete" ${form}><label class="check"><input type="checkbox" name="sure" value="1" required> <span>Delete ${nameOf(name)}</span></label><button class="danger">Delete</button></form></section>
</div>`
}

function imageCard(
  { id, image_name }: KnownImageRow,
  { person, warning, mayChange }: { person: number; warning: string | undefined; mayChange: boolean },
): Html {
  return html`<li id="image-${id}" class="card person"><img class="known" src="/people/${person}/images/${id}/thumbnail" alt="Known photo ${image_name}" loading="lazy">
${warning && html`<p class="warn">${warning}</p>`}
${mayChange && html`<form action="/people/${person}/images/${id}/remove" ${form}><button class="quiet">Remove</button></form>`}</li>`
}

function mergeForm(back: string, name: string, others: Person[]): Html {
  return html`<section class="card panel" id="merge"><h2>Merge</h2><p>When ${nameOf(name)} and another one are the same person: the other name stays.</p>
<form class="stack" action="${back}/merge" ${form}><label><span>Is the same person as</span> <select name="into" required><option value="">choose</option>${others.map(
    (other) => html`<option value="${other.id}">${other.name} (${other.id})</option>`,
  )}</select></label><button>Merge</button></form></section>`
}
