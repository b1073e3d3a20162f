import { printable } from '@livepods/messages'
import { chip, type Html, html, time } from '@livepods/page'
import { isAbsent, KIND } from '../kind.ts'
import type { RecentMessage, RelayReport, SinkReport } from '../report-store.ts'
import type { MessageView } from './message-view.ts'

/** All that changes on the page; its script puts it anew into the page. */
export function messageSections({ streams, sinks, relays }: MessageView): Html {
  return html`<div id="messages">
<section id="ways"><h2>Relays and sinks</h2><ul class="ways">${relays.map(relay)}${sinks.map(sink)}</ul></section>
<section id="streams"><h2>Streams</h2><ul class="streams">${streams.length === 0 ? nothing() : streams.map(stream)}</ul></section>
</div>`
}

function relay({ name, waiting, parked, deadLetters, oldestAt, seenAt, isAbsent }: RelayReport): Html {
  const state = isAbsent
    ? chip({
        word: waiting > 0 ? 'absent, with messages' : 'absent',
        shape: 'ring',
        tone: waiting > 0 ? 'bad' : 'plain',
      })
    : chip({ word: 'relay', shape: 'dot', tone: 'good' })
  return html`<li class="card way" id="relay-${name}"><h3><bdi>${name}</bdi></h3>${state}
<p>${waiting} waiting${waiting > 0 && oldestAt && html`, the first since ${time(oldestAt)}`}${parked > 0 && html`; ${parked} behind a gap`}${deadLetters > 0 && html`; ${counted(deadLetters, 'dead letter')}`}</p>
<p class="muted">Heard of ${time(seenAt)}</p></li>`
}

function sink({ name, uuid, taken, unlogged, seenAt, isAbsent }: SinkReport): Html {
  const state = isAbsent
    ? chip({
        word: unlogged > 0 ? 'absent, log incomplete' : 'absent',
        shape: 'ring',
        tone: unlogged > 0 ? 'bad' : 'plain',
      })
    : chip({ word: 'sink', shape: 'dot', tone: 'good' })
  return html`<li class="card way" id="sink-${uuid}"><h3><bdi>${name}</bdi></h3>${state}
<p>${taken} taken${isAbsent && unlogged > 0 && html`, ${unlogged} of them not in its log`}</p>
<p class="muted">Heard of ${time(seenAt)}</p></li>`
}

function stream({ name, last, absent, duplicates, conflicts, gap, messages }: MessageView['streams'][number]): Html {
  const [sender, epoch] = name.split('~', 2)
  const lacking = gap && (gap.from === gap.to ? `${gap.from}` : `${gap.from} to ${gap.to}`)
  return html`<li class="card stream" id="stream-${name}">
<div class="head"><h3><bdi>${sender}</bdi>${epoch && html` <span class="muted"><bdi>${epoch.slice(0, 8)}</bdi></span>`}</h3>
${gap ? chip({ word: 'gap', shape: 'cross', tone: 'bad' }) : chip({ word: 'in order', shape: 'check', tone: 'good' })}
${conflicts > 0 && chip({ word: `${counted(conflicts, 'number')} used twice`, shape: 'cross', tone: 'bad' })}
${duplicates > 0 && chip({ word: `${counted(duplicates, 'duplicate')} dropped`, shape: 'diamond', tone: 'plain' })}
${absent > 0 && chip({ word: `${absent} without a body`, shape: 'ring', tone: 'warn' })}</div>
<p>Last number ${last ?? 'none'}${gap && html`. Missing ${lacking}, since ${time(gap.since)}`}</p>
${messages.length > 0 && html`<ol>${messages.map(message)}</ol>`}</li>`
}

function message({ seq, kind, body, relay, sink, takenAt }: RecentMessage): Html {
  const mark =
    kind === KIND.tombstone ? 'refused' : kind === KIND.skip ? 'skipped' : kind === KIND.late ? 'late' : undefined
  return html`<li value="${seq}"><code>${seq}</code> ${mark && html`<em>${mark}</em> `}${!isAbsent(kind) && html`<bdi>${printable(body ?? Buffer.alloc(0))}</bdi> `}
<span class="muted">${relay ? html`by <bdi>${relay}</bdi> to` : 'straight to'} <bdi>${sink}</bdi>, ${time(takenAt)}</span></li>`
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

function nothing(): Html {
  return html`<li class="card empty" id="nothing"><h3>No message yet</h3>
<p>Send one: <code>curl -d "Hello" http://this host/sink.php</code>. This page shows it at once.</p></li>`
}
