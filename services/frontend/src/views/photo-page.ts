import { type Frame, type Html, html, layout } from '@livepods/page'
import type { Photo } from '../photo.ts'
import { linkedBoxes } from './boxes.ts'
import { title } from './card.ts'
import { faceList } from './face-list.ts'
import { history } from './history.ts'
import { verdict } from './verdict.ts'
import { fileName, stateChip } from './words.ts'

export function photoPage(frame: Frame, photo: Photo, threshold: number): Html {
  const { id, path, state, faces } = photo
  return layout(frame, {
    title: `Photo ${id}`,
    current: '/',
    styles: ['frontend/photos.css', 'frontend/photo.css'],
    scripts: ['frontend/photo.js'],
    live: '/events',
    body: html`<p class="trail"><a href="/">Photos</a> <span aria-hidden="true">/</span> ${id}</p>
<article id="photo" class="detail" data-id="${id}">
<div class="stage" id="stage"><span class="frame"><img src="/photos/${id}/picture" alt="${fileName(path)}">${faces.length > 0 && linkedBoxes(faces)}</span></div>
<div class="beside" id="beside">
<h1>${title(photo)}</h1>
<p class="verdict">${stateChip(state)} ${verdict(photo, threshold)}</p>
${faces.length > 0 && html`<section><h2>Faces</h2>${faceList(photo, threshold)}</section>`}
<section><h2>History</h2>${history(photo)}</section>
<section><h2>File</h2><p class="path"><code><bdi>${path}</bdi></code></p></section>
</div>
</article>`,
  })
}
