import { type Html, html } from '@livepods/page'
import type { Face, Person } from '../photo.ts'
import { nameOf } from './words.ts'

/** "Who is this?", as a form that needs no script. The list of names is `names` below, once a page. */
export function whoForm({
  photo,
  face,
  back,
  label,
}: {
  photo: string
  face: string
  back: string
  label: string
}): Html {
  return html`<form class="who" method="post" action="/photos/${photo}/faces/${face}/name" enctype="multipart/form-data">
<input type="hidden" name="back" value="${back}">
<label><span>${label}</span> <input id="who-${face}" name="name" list="names" autocomplete="off" required placeholder="Name"></label><button>Save name</button>
</form>`
}

/** The names that a browser offers while one is written. */
export function nameList(people: Person[]): Html {
  const names = [...new Set(people.map(({ name }) => name))]
  return html`<datalist id="names">${names.map((name) => html`<option value="${name}"></option>`)}</datalist>`
}

export function notForm({ photo, face, back }: { photo: string; face: Face; back: string }): Html {
  const words = face.known && face.nearest ? html`Not ${nameOf(face.nearest.name)}` : 'Not the same person'
  return html`<form method="post" action="/photos/${photo}/faces/${face.id}/not" enctype="multipart/form-data">
<input type="hidden" name="back" value="${back}"><button class="quiet"><span>${words}</span></button></form>`
}
