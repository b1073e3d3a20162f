import { hash } from 'node:crypto'
import { nobodyQuits, staysSmall } from '../invariants.ts'
import type { Invariant } from '../trial.ts'
import type { MessageOperation, MessageRow, MessagesEvidence, Numbered, Sent } from './evidence.ts'

/** Sentences about what is wrong; none when it holds. */
type Check = (evidence: MessagesEvidence) => string[]

/** M1 in its first half: a row, or for a number that was used for another body a dead letter; never neither. */
export const nothingLost: Check = ({ operations, messages, letters, senders }) => {
  const byNumber = mapOf(messages, keyOf)
  const byBody = mapOf(messages, ({ body }) => body)
  const refused = new Set(letters.map(({ id }) => id))
  // Only who numbers messages can use a number twice.
  const hasLetter = ({ stream, seq, body, key }: Accepted) =>
    key === undefined && refused.has(`${stream}.${seq}.${hash('sha256', body).slice(0, 16)}`)
  const lost = accepted(operations).filter((message) => {
    const row = isNumbered(message) ? byNumber.get(keyOf(message)) : byBody.get(message.body)
    return row?.body !== message.body && !hasLetter(message)
  })
  const shares = Map.groupBy(messages, ({ stream }) => stream)
  return [
    ...lost.map((message) => `${nameOf(message)} was accepted; it is neither stored nor a dead letter`),
    ...senders.flatMap(({ stream, stored }) => {
      const there = shares.get(stream)?.length ?? 0
      return there < stored ? [`${stream} has made ${stored} messages, of which ${there} are stored`] : []
    }),
  ]
}

/** M1 in its second half: nothing waits. */
export const nothingStuck: Check = ({ waiting, report }) => [
  ...Object.entries(waiting).flatMap(([name, count]) => (count > 0 ? [`${count} messages wait at ${name}`] : [])),
  ...report.streams.flatMap(({ name, missing }) => (missing > 0 ? [`${name} lacks ${missing} messages`] : [])),
]

/** M2: bodies of clients are unique, those of senders are counted. */
export const nothingTwice: Check = ({ operations, messages, logs, senders }) => {
  const sent = new Set(operations.flatMap(({ value }) => value.messages.map(({ body }) => body)))
  const ofClients = (bodies: (string | null)[]) => bodies.filter((body) => body !== null && sent.has(body))
  const shares = Map.groupBy(messages, ({ stream }) => stream)
  return [
    ...repeated(ofClients(messages.map(({ body }) => body))).map((body) => `“${body}” is stored twice`),
    ...repeated(ofClients(Object.values(logs).flat())).map((body) => `“${body}” is logged twice`),
    ...senders.flatMap(({ stream, stored }) => {
      const there = shares.get(stream)?.length ?? 0
      return there > stored ? [`${stream} has made ${stored} messages, and ${there} are stored`] : []
    }),
  ]
}

/** M3: numbers without gaps, in the order in which each sink took and logged them, and in which an unnumbered client sent. */
export const inOrder: Check = ({ operations, messages }) => {
  const gaps = [...Map.groupBy(messages, ({ stream }) => stream)].flatMap(([stream, rows]) => {
    const seqs = rows.map(({ seq }) => seq).sort((one, other) => one - other)
    const wrong = seqs.findIndex((seq, index) => seq !== index + 1)
    return wrong < 0 ? [] : [`${stream} has ${seqs[wrong]} in the place of ${wrong + 1}`]
  })
  const bySink = messages.filter(({ kind }) => kind === 'message').toSorted((a, b) => a.position - b.position)
  const told = operations.flatMap(({ process, type, f, value }) =>
    type === 'ok' && f === 'post' && value.told ? [{ ...value.told, from: `client ${process}` }] : [],
  )
  return [...gaps, ...disordered(bySink.map((row) => ({ ...row, from: row.sink }))), ...disordered(told)]
}

/** M4 */
export const logsAreRows: Invariant<MessagesEvidence> = {
  id: 'M4',
  title: 'Each log has what its sink stored, in this order',
  lost: ({ messages, logs }) => bySink(messages, logs, ({ stored, logged }) => missing(stored, logged), 'not logged'),
  twice: ({ messages, logs }) => bySink(messages, logs, ({ stored, logged }) => missing(logged, stored), 'logged only'),
  wrong: ({ messages, logs }) =>
    bySink(
      messages,
      logs,
      ({ stored, logged }) => stored.filter((body, index) => body !== logged[index]).slice(0, 1),
      'not in its place',
    ),
}

/** M5 */
export const reportIsRows: Check = ({ messages, report }) => {
  const streams = Map.groupBy(messages, ({ stream }) => stream)
  const sinks = Map.groupBy(messages, ({ sink }) => sink)
  const rows = {
    streams: [...streams].map(([name, all]) => ({
      name,
      last: all.reduce((last, { seq }) => Math.max(last, seq), 0),
      missing: 0,
      absent: all.filter(({ body }) => body === null).length,
    })),
    sinks: [...sinks].map(([name, { length }]) => ({ name, taken: length, unlogged: 0 })),
  }
  const said = {
    streams: report.streams.map(({ name, last, missing, absent }) => ({ name, last, missing, absent })),
    // One that has begun and taken nothing yet has no rows.
    sinks: report.sinks
      .filter(({ taken }) => taken > 0)
      .map(({ name, taken, unlogged }) => ({ name, taken, unlogged })),
  }
  return (['streams', 'sinks'] as const).flatMap((what) => {
    const [stored, reported] = [rows[what].map(textOf), said[what].map(textOf)]
    return [
      ...missing(stored, reported).map((one) => `the report lacks ${one}`),
      ...missing(reported, stored).map((one) => `the report says ${one}, which the rows do not`),
    ]
  })
}

/** M6 */
export const nothingInvented: Check = ({ operations, messages, senders }) => {
  const possible = new Set(
    operations.flatMap(({ type, value }) =>
      type === 'ok' || type === 'info' ? value.messages.map(({ body }) => body) : [],
    ),
  )
  const ours = new Set(senders.map(({ stream }) => stream))
  return messages
    .filter(({ stream, body }) => !ours.has(stream) && !possible.has(body ?? ''))
    .map((row) => `${nameOf(row)} is stored, but nobody sent it or it was refused`)
}

/** M7 */
export const oneAnswerEach: Check = ({ operations }) => {
  const told = new Map<string, Set<string>>()
  for (const { type, value } of operations)
    if (type === 'ok' && value.key !== undefined && value.told)
      told.set(value.key, (told.get(value.key) ?? new Set()).add(keyOf(value.told)))
  return [...told].flatMap(([key, numbers]) =>
    numbers.size > 1 ? [`the key “${key}” was told ${[...numbers].join(' and ')}`] : [],
  )
}

export const INVARIANTS: readonly Invariant<MessagesEvidence>[] = [
  { id: 'M1', title: 'Whatever was accepted is stored, or a dead letter', lost: nothingLost, stuck: nothingStuck },
  { id: 'M2', title: 'Nothing is stored or logged twice', twice: nothingTwice },
  { id: 'M3', title: 'Every stream is in order, without gaps', wrong: inOrder },
  logsAreRows,
  { id: 'M5', title: 'The report says what is stored', wrong: reportIsRows },
  { id: 'M6', title: 'Nothing is stored that nobody sent', wrong: nothingInvented },
  { id: 'M7', title: 'A key has one answer', wrong: oneAnswerEach },
  { id: 'M8', title: 'No process ends on its own', wrong: nobodyQuits },
  { id: 'M9', title: 'Memory and open files stay flat', wrong: staysSmall },
]

type Accepted = Sent & { key: string | undefined }

/** Messages that a relay said to have; what it numbered has the number that it told. */
function accepted(operations: readonly MessageOperation[]): Accepted[] {
  return operations.flatMap(({ type, value: { messages, told, key } }) =>
    type === 'ok' ? messages.map((message) => ({ ...message, ...told, key })) : [],
  )
}

function isNumbered<M extends Sent>(message: M): message is M & Numbered {
  return message.stream !== undefined
}

function keyOf({ stream, seq }: Numbered): string {
  return `${stream} ${seq}`
}

function nameOf({ stream = 'unnumbered', seq = 0, body }: Partial<Numbered> & { body: string | null }): string {
  return `“${body}” (${stream} ${seq})`
}

const textOf = (value: object) => JSON.stringify(value)

/** Those that come after a larger number of their stream, at the same place. */
function disordered(numbers: (Numbered & { from: string })[]): string[] {
  const highest = new Map<string, number>()
  return numbers.flatMap(({ stream, seq, from }) => {
    const place = `${stream} at ${from}`
    const before = highest.get(place) ?? 0
    highest.set(place, Math.max(before, seq))
    return seq < before ? [`${place}: ${seq} comes after ${before}`] : []
  })
}

function bySink(
  messages: readonly MessageRow[],
  logs: MessagesEvidence['logs'],
  wrong: (sink: { stored: string[]; logged: readonly string[] }) => string[],
  what: string,
): string[] {
  return Object.entries(logs).flatMap(([sink, logged]) => {
    const rows = messages.filter((row) => row.sink === sink).toSorted((one, other) => one.position - other.position)
    const stored = rows.flatMap(({ body }) => (body === null ? [] : [body]))
    return wrong({ stored, logged }).map((body) => `${sink}: “${body}” is ${what}`)
  })
}

/** What `all` has more often than `there`. */
function missing(all: readonly string[], there: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const one of there) counts.set(one, (counts.get(one) ?? 0) + 1)
  return all.filter((one) => {
    const count = counts.get(one) ?? 0
    counts.set(one, count - 1)
    return count <= 0
  })
}

function repeated(bodies: (string | null)[]): string[] {
  const seen = new Set<string | null>()
  return bodies.filter((body): body is string => {
    const isRepeated = seen.has(body)
    seen.add(body)
    return isRepeated
  })
}

function mapOf<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T> {
  return new Map(items.map((item) => [key(item), item]))
}
