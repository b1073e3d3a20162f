import { type Frame, type Html, html, layout } from '@livepods/page'
import type { Notice } from './browser-packages.ts'

/** The licences of what the pages load from others. */
export function licensesPage(frame: Frame, notices: Notice[]): Html {
  return layout(frame, {
    title: 'Licences',
    styles: ['live/live.css'],
    body: html`<h1>Licences</h1>
<p>These pages are part of Livepods (MIT). What they load from others, unchanged:</p>
${notices.map(
  ({ name, license, home, text }) => html`<section class="license"><h2>${name}</h2>
<p>${license}, <a href="${home}">${home}</a></p>
<pre tabindex="0" aria-label="Licence of ${name}">${text}</pre></section>`,
)}`,
  })
}
