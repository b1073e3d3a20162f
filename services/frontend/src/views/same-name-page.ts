import { type Frame, type Html, html, layout } from '@livepods/page'
import type { Form } from '../form.ts'
import type { PersonCard } from '../people/people-store.ts'
import type { NameTakenError } from '../people/person-rows.ts'
import { nameOf, plural } from './words.ts'

export interface SameName {
  taken: NameTakenError
  people: PersonCard[]
  /** Where the form that asked goes to, and what it said; absent where files would have to be sent again. */
  action: string | undefined
  back: string
  /** The person may be one of those who are there. */
  canBeThem: boolean
  form: Pick<Form, 'field'>
}

/** Somebody has the name already. Two Annas may exist; which one is meant is for a person to say. */
export function sameNamePage(frame: Frame, { taken, people, action, back, canBeThem, form }: SameName): Html {
  const seen = form.field('seen') !== '' && html`<input type="hidden" name="seen" value="${form.field('seen')}">`
  return layout(frame, {
    title: 'The same name',
    current: '/people',
    styles: ['frontend/people.css'],
    body: html`<section class="card empty"><h1>Somebody is called ${nameOf(taken.called)} already</h1>
${
  action === undefined
    ? html`<p>Go back and say that it is another person of that name, or open the person and add the photos there.</p>`
    : html`<p>${canBeThem ? 'Is it the same person, or another one of that name?' : 'Two people may have one name. Shall this be another one?'}</p>`
}
<ul class="same">${people.map(
      ({ id, images, photos }) =>
        html`<li>${images[0] && html`<img src="/people/${id}/images/${images[0].id}/thumbnail" alt="" width="96" height="96">`}
<p><a href="/people/${id}">${nameOf(taken.called)}</a> <span class="muted">${plural(photos, 'photo')}</span></p>
${action !== undefined && canBeThem && html`<form method="post" action="${action}" enctype="multipart/form-data"><input type="hidden" name="back" value="${back}">${seen}<input type="hidden" name="person" value="${id}"><button><span>It is this ${nameOf(taken.called)}</span></button></form>`}</li>`,
    )}</ul>
${action !== undefined && html`<form method="post" action="${action}" enctype="multipart/form-data"><input type="hidden" name="back" value="${back}">${seen}<input type="hidden" name="name" value="${taken.called}"><input type="hidden" name="another" value="1"><button><span>It is another ${nameOf(taken.called)}</span></button></form>`}
<p><a href="${back}">Go back.</a></p></section>`,
  })
}
