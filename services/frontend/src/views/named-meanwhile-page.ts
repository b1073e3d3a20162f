import { type Frame, type Html, html, layout } from '@livepods/page'
import type { Form } from '../form.ts'
import { lasted, type NamedMeanwhileError } from '../people/whose.ts'
import { nameOf } from './words.ts'

export interface Meanwhile {
  meanwhile: NamedMeanwhileError
  /** What was sent, and where to. */
  form: Pick<Form, 'field'>
  action: string
  /** Who it shall be; undefined when it shall only not be who it is. */
  name: string | undefined
  back: string
}

const AGAIN = ['name', 'person', 'another']

/** Somebody else said whose the face is after this page was opened. Whether that is wrong is for a person to say. */
export function namedMeanwhilePage(frame: Frame, { meanwhile, form, action, name, back }: Meanwhile): Html {
  const { person, seconds } = meanwhile
  const whose = nameOf(person.name)
  const since = seconds === undefined ? '' : html` for ${lasted(seconds)}`
  const sent = AGAIN.filter((field) => form.field(field) !== '')
  const not = name === undefined || name === ''
  return layout(frame, {
    title: 'Named meanwhile',
    current: '/people',
    styles: ['frontend/people.css'],
    body: html`<section class="card empty"><h1>This has been ${whose}’s${since}</h1>
<p>Somebody said so after you opened the page. ${not ? html`Is it not ${whose}?` : html`Is it ${nameOf(name)} all the same?`} Only this face changes then.</p>
<p><img src="${action.replace(/\/(name|not)$/, '')}" alt="The face" width="96" height="96"></p>
<form method="post" action="${action}" enctype="multipart/form-data"><input type="hidden" name="back" value="${back}"><input type="hidden" name="seen" value="${person.id}">${sent.map((field) => html`<input type="hidden" name="${field}" value="${form.field(field)}">`)}<button><span>${not ? html`It is not ${whose}` : html`It is ${nameOf(name)}`}</span></button></form>
<p><a href="${back}">Leave it ${whose}’s.</a></p></section>`,
  })
}
