import { type Html, html } from '@livepods/page'
import type { Face, Person } from '@livepods/photo-api'
import { nameOf } from './words.ts'

/** "Who is this?", as a form that needs no script. The list of names is `names` below, once a page. */
export function whoForm({
  photo,
  face,
  back,
  label,
  seen,
}: {
  photo: string
  face: string
  back: string
  label: string
  /** Whose the face is on this page: person.id, or 0. */
  seen: number
}): Html {
  return html`<form class="who" method="post" action="/photos/${photo}/faces/${face}/name" enctype="multipart/form-data">
<input type="hidden" name="back" value="${back}"><input type="hidden" name="seen" value="${seen}">
<label><span>${label}</span> <input id="who-${face}" name="name" list="names" autocomplete="off" required placeholder="Name"></label><button>Save name</button>
</form>`
}

/** The names that a browser offers while one is written. */
export function nameList(people: Person[]): Html {
  const names = [...new Set(people.map(({ name }) => name))]
  return html`<datalist id="names">${names.map((name) => html`<option value="${name}"></option>`)}</datalist>`
}

/** Whose the face is for who looks at it: person.id, or 0. */
export const seenOn = ({ known, nearest }: Face) => (known && nearest ? nearest.id : 0)

export function notForm({ photo, face, back }: { photo: string; face: Face; back: string }): Html {
  const words = face.known && face.nearest ? html`Not ${nameOf(face.nearest.name)}` : 'Not the same person'
  return html`<form method="post" action="/photos/${photo}/faces/${face.id}/not" enctype="multipart/form-data">
<input type="hidden" name="back" value="${back}"><input type="hidden" name="seen" value="${seenOn(face)}"><button class="quiet"><span>${words}</span></button></form>`
}
