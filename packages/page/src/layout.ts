import type { Assets } from './assets.ts'
import { type Html, html } from './html.ts'
import type { Link } from './links.ts'

/** What all pages of a service share. */
export interface Frame {
  assets: Pick<Assets, 'url'>
  links: Link[]
  /** Who sees a page has signed in, and may sign out. */
  signOut?: boolean
}

export interface Page {
  title: string
  /** Url of the link that this page belongs to. */
  current?: string
  /** Assets of the service, `folder/name`. */
  styles?: string[]
  scripts?: string[]
  /** Where the page's events come from; its script connects to it. */
  live?: string
  /** Without JavaScript the page is loaded again after so many seconds (an error that heals). */
  againAfterSeconds?: number
  body: Html
}

/** The whole document: navigation, theme, the place where a lost connection is announced, and the body. */
export function layout({ assets, links, signOut = false }: Frame, page: Page): Html {
  const { title, current, styles = [], scripts = [], live, againAfterSeconds, body } = page
  return html`<!doctype html>
<html lang="en" data-now="${Date.now()}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Livepods</title>
<link rel="icon" type="image/svg+xml" href="${assets.url('page/icon.svg')}">
<script src="${assets.url('page/theme.js')}"></script>
${['page/page.css', 'page/frame.css', ...styles].map((file) => html`<link rel="stylesheet" href="${assets.url(file)}">\n`)}
${['page/time.js', ...scripts].map((file) => html`<script type="module" src="${assets.url(file)}"></script>\n`)}
${againAfterSeconds && html`<noscript><meta http-equiv="refresh" content="${againAfterSeconds}"></noscript>`}
</head>
<body${live && html` data-live="${live}"`}>
<a class="skip" href="#content">Skip to the content</a>
<header class="top"><nav aria-label="Pages">
<span class="brand">${MARK} <span>Livepods</span></span>
<ul>${links.map(({ name, url }) => html`<li><a href="${url}"${url === current && html` aria-current="page"`}>${name}</a></li>`)}</ul>
<button id="theme" type="button" hidden>${HALF} <span>Theme</span></button>
${signOut && html`<form class="sign-out" method="post" action="/sign-out"><button>${DOOR} <span>Sign out</span></button></form>`}
</nav></header>
<p id="connection" role="status"></p>
<main id="content" tabindex="-1">
${body}
</main>
</body>
</html>`
}

const HALF = html`<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><circle cx="8" cy="8" r="6.25" class="stroke"/><path d="M8 1.75a6.25 6.25 0 0 1 0 12.5z" class="fill"/></svg>`

const DOOR = html`<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="M6.5 1.75h-4v12.5h4M6 8h8M11 4.75 14.25 8 11 11.25" class="stroke"/></svg>`

const MARK = html`<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="M1.5 5V1.5H5M11 1.5h3.5V5M14.5 11v3.5H11M5 14.5H1.5V11" class="stroke"/><circle cx="8" cy="8" r="3" class="fill"/></svg>`
