import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from '@livepods/sql'
import type { System } from '@livepods/system'
import type { DeadLetter, MessageRow } from './evidence.ts'

const KINDS = ['message', 'late', 'tombstone', 'skip']

/** What all sinks took, by stream and number. The audit's own statement, not that of the sink: it would share its mistakes. */
export async function messageRows(database: Database): Promise<MessageRow[]> {
  const rows = await database.rows<{
    stream: string
    seq: string
    kind: number
    body: Buffer | null
    sink: string
    position: string
    taken_at: Date
  }>(
    `SELECT s.name AS stream, m.seq, m.kind, m.body, k.name AS sink, m.position, m.taken_at FROM messages m
     JOIN message_streams s ON s.id = m.stream_id JOIN message_sinks k ON k.id = m.sink_id ORDER BY s.name, m.seq`,
  )
  return rows.map(({ stream, seq, kind, body, sink, position, taken_at }) => ({
    stream,
    seq: Number(seq),
    kind: KINDS[kind] ?? `${kind}`,
    body: body?.toString() ?? null,
    sink,
    position: Number(position),
    takenAt: taken_at.getTime(),
  }))
}

/** How many messages all sinks took, and how many of these are in a text log. */
export async function sinkProgress(database: Database): Promise<{ taken: number; logged: number }> {
  const [sums] = await database.rows<{ taken: string | null; logged: string | null }>(
    'SELECT SUM(position) AS taken, SUM(LEAST(logged, position)) AS logged FROM message_sinks',
  )
  return { taken: Number(sums?.taken), logged: Number(sums?.logged) }
}

/** What the lines of a text log say, in their order, over all its files. */
export async function logBodies(folder: string, name: string): Promise<string[]> {
  const current = `Sink_${name}.txt`
  // The current file has no number, and is the last one.
  const number = (file: string) => Number(file.slice(current.length + 1)) || Number.POSITIVE_INFINITY
  const files = (await readdir(folder)).filter((file) => file.startsWith(current)).sort((a, b) => number(a) - number(b))
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  const lines = texts.join('').split('\n')
  const rest = lines.pop()
  if (rest) lines.push(rest)
  return lines.map((line) => /^From \S+ at \S+ \S+(?: \(late\))? : (.*)$/.exec(line)?.[1] ?? `no line: ${line}`)
}

interface LettersPage {
  deadLetters: { id: string; stream: string; seq: number; refusedAt: string }[]
  next: string | null
}

/** All dead letters of a relay (http://host:port). */
export async function deadLetters(relay: string, url: string): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = []
  for (let query: string | undefined = ''; query !== undefined; ) {
    const { deadLetters, next }: LettersPage = await askFor(`${url}/v1/dead-letters${query}`)
    for (const { id, stream, seq, refusedAt } of deadLetters)
      letters.push({ id, relay, stream, seq, refusedAt: Date.parse(refusedAt) })
    query = next === null ? undefined : `?after=${encodeURIComponent(next)}`
  }
  return letters
}

/** What a relay says that it has to deliver. */
export async function waitingAt(system: System, relay: string) {
  const url = `http://127.0.0.1:${system.port(relay)}/v1/waiting`
  return await askFor<{ messages: number; parked: { messages: number } }>(url)
}

/** The JSON at an address. Rejects when there is none. */
export async function askFor<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) })
  if (!response.ok) throw new Error(`${url} answers ${response.status}.`)
  return (await response.json()) as T
}
