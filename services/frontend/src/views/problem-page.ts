import type { ProblemError } from '@livepods/http'
import { type Frame, type Html, html, layout } from '@livepods/page'
import { failuresLink } from './words.ts'

/** What went wrong and what to do; a page that could not be made now appears by itself as soon as it can. */
export function problemPage(
  frame: Frame,
  { status, message }: ProblemError,
  { requestId, failuresUrl }: { requestId: string; failuresUrl: string | undefined },
): Html {
  const heals = status === 503
  return layout(frame, {
    title: TITLES[status] ?? 'Something failed',
    scripts: heals ? ['frontend/again.js'] : [],
    ...(heals && { againAfterSeconds: 5 }),
    body: html`<section class="card empty"><h1>${TITLES[status] ?? 'Something failed'}</h1>
<p>${message}</p>
${heals ? html`<p class="muted">This page asks again by itself. <a href="/chain">Status</a> shows which processes answer.</p>` : html`<p><a href="/">Go to the photos.</a></p>`}
${status >= 500 && html`<p class="muted">${failuresLink(failuresUrl)}</p><p class="muted">Request <code>${requestId}</code></p>`}</section>`,
  })
}

const TITLES: Record<number, string> = {
  400: 'This address does not fit',
  403: 'You may not do this',
  404: 'There is nothing here',
  409: 'This cannot be done now',
  413: 'This is too large',
  415: 'This is not understood',
  422: 'This picture cannot be used',
  429: 'Too many tries',
  503: 'Not available now',
}
