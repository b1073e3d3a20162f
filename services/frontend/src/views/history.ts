import { durationText, type Html, html, time, until } from '@livepods/page'
import { RE_MATCH } from '@livepods/photo'
import type { Photo } from '@livepods/photo-api'
import { durationOf, labelOf } from '../photo.ts'
import { FAILURES, plural } from './words.ts'

interface Step {
  word: string
  at: Date | undefined
  tone: 'plain' | 'accent' | 'good' | 'warn' | 'bad'
  more?: Html | string | undefined
  /** The moment is one that is waited for. */
  ahead?: boolean
}

/** What happened to the photo, as a time line: what the row remembers of it. */
export function history(photo: Photo): Html {
  return html`<ol class="history">${steps(photo).map(
    ({ word, at, tone, more, ahead }) =>
      html`<li class="${tone}"><span>${word}</span>${at && (ahead ? until(at) : time(at))}${more && html`<p class="muted">${more}</p>`}</li>`,
  )}</ol>`
}

function steps(photo: Photo): Step[] {
  const { createdAt, claimedAt, claimedBy, attempts, rounds, lastError, finishedAt, dueAt, state } = photo
  const tries = [
    plural(attempts, 'attempt'),
    rounds > 0 && `looked at anew ${plural(rounds, 'time')} after it had failed`,
  ]
  const by = claimedBy && html`by <bdi>${claimedBy}</bdi> · `
  const list: Step[] = [{ word: 'Accepted', at: createdAt, tone: 'plain' }]
  if (claimedAt && claimedBy === RE_MATCH)
    list.push({ word: 'Compared again', at: claimedAt, tone: 'accent', more: 'The known people had changed.' })
  else if (claimedAt)
    list.push({ word: 'Claimed', at: claimedAt, tone: 'accent', more: html`${by}${tries.filter(Boolean).join(' · ')}` })
  // Without an attempt nothing failed yet: it waits, for its file or for the face service.
  const waits = state === 'pending' && attempts === 0
  if (lastError && waits) list.push({ word: 'Waits', at: undefined, tone: 'warn', more: html`<bdi>${lastError}</bdi>` })
  else if (lastError && !saysWhy(photo))
    list.push({ word: 'Last error', at: undefined, tone: 'bad', more: html`<bdi>${lastError}</bdi>` })
  if (state === 'pending' && dueAt)
    list.push({
      word: attempts > 0 ? 'Next try' : lastError ? 'Next look' : 'Due',
      at: dueAt,
      tone: 'plain',
      ahead: true,
    })
  if (state === 'processing' && dueAt) {
    list.push({ word: 'Under way', at: undefined, tone: 'accent', more: html`Others may take over ${until(dueAt)}.` })
  }
  if (finishedAt && state !== 'pending' && state !== 'processing') list.push(end(photo, finishedAt))
  return list
}

function end(photo: Photo, at: Date): Step {
  const duration = durationOf(photo)
  const took = duration === undefined ? undefined : `${durationText(duration)} after it was claimed`
  if (photo.state === 'identified') return { word: 'Recognised', at, tone: 'good', more: took }
  if (photo.state === 'unidentified') return { word: 'Finished, nobody known', at, tone: 'warn', more: took }
  const more = saysWhy(photo) ? html`<bdi>${photo.lastError}</bdi>${took && html`<br>${took}`}` : took
  return { word: (photo.outcome && FAILURES[photo.outcome]) || 'Failed', at, tone: 'bad', more }
}

/** Whether the last error is what is wrong with the photo, and not what went wrong with a try. */
const saysWhy = (photo: Photo) =>
  labelOf(photo) === 'failed' && photo.outcome !== 'EXHAUSTED' && photo.lastError !== undefined
