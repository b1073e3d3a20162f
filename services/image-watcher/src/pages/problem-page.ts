import type { ProblemError } from '@livepods/http'
import { type Frame, type Html, html, layout } from '@livepods/page'

/** In place of a page that cannot be shown. */
export function problemPage(frame: Frame, { title, message }: ProblemError, requestId: string): Html {
  return layout(frame, {
    title,
    body: html`<section class="card empty"><h1>${title}</h1><p>${message}</p><p><a href="/">Delivery</a></p>
<p class="muted">Request ${requestId}</p></section>`,
  })
}
