import type { Mutation } from '../mutation.ts'
import { RELAYS, SINKS } from './targets.ts'

export const MUTATIONS = {
  'ack-early': {
    mistake: 'a relay answers before the message is written',
    processes: RELAYS,
    file: 'services/relay/src/intake.ts',
    passage: `const position: Position = await spool.append(
      key === undefined ? record : { ...record, key: recordKey(key, message, record.body) },
    )`,
    instead: `const position: Position = { number: spool.nextNumber, count: 1, isRepeated: false }
    setTimeout(() => void spool.append(record), 2000)`,
    situation: 'relay-crash-after-answer',
    profile: { drainWithin: 10 },
  },
  commit: {
    mistake: 'a sink answers before it commits',
    processes: SINKS,
    file: 'services/sink/src/message-store.ts',
    passage: `return await this.#change(names, async (session, sink, streams) => {
      const known = await knownOf(session, streams, entries)
      const ledger = new Ledger(streams, { known, now: sink.now })
      const results = entries.map((entry) => ledger.enter(entry))
      await this.#write(session, sink, ledger)
      return results
    })`,
    instead: `const { promise, resolve, reject } = Promise.withResolvers<Result[]>()
    this.#change(names, async (session, sink, streams) => {
      const known = await knownOf(session, streams, entries)
      const ledger = new Ledger(streams, { known, now: sink.now })
      const results = entries.map((entry) => ledger.enter(entry))
      await this.#write(session, sink, ledger)
      resolve(results)
      await new Promise((later) => setTimeout(later, 2000))
      return results
    }).catch(reject)
    return await promise`,
    situation: 'sink-crash-after-answer',
    // So few that each transaction has them soon, however long it takes.
    profile: { drainWithin: 10, rate: 12 },
  },
  seq: {
    mistake: 'a relay that is started again counts its own messages from 1 again',
    processes: RELAYS,
    file: 'packages/spool/src/recovery.ts',
    passage: 'const { writer, nextNumber, count, keyed } = last\n',
    instead: 'const { writer, nextNumber, keyed } = last\n    const count = 0\n',
    situation: 'relay-crash-after-answer',
  },
  cursor: {
    mistake: 'a relay moves its cursor before the sink has answered',
    processes: RELAYS,
    file: 'services/relay/src/pump.ts',
    passage: 'const entries = records.map(',
    instead: `await reader.acknowledge((records.at(-1) as (typeof records)[number]).number)
    const entries = records.map(`,
    situation: 'relay-crash-without-sinks',
    profile: { drainWithin: 10 },
  },
  follower: {
    mistake: 'the log is made by the id of a message, and passes those with a smaller one that are committed later',
    processes: SINKS,
    file: 'services/sink/src/message-store.ts',
    passage: `\`SELECT m.position, m.kind, m.body, m.address, m.taken_at FROM messages m JOIN message_sinks s ON s.id = m.sink_id
       WHERE s.uuid = ? AND m.position > ? ORDER BY m.position LIMIT ?\``,
    instead: `\`SELECT m.stream_id * 1000000 + m.seq AS position, m.kind, m.body, m.address, m.taken_at FROM messages m
       JOIN message_sinks s ON s.id = m.sink_id WHERE s.uuid = ? AND m.stream_id * 1000000 + m.seq > ? ORDER BY 1 LIMIT ?\``,
    situation: 'sink-crash-after-answer',
    profile: { drainWithin: 10, rate: 12 },
  },
} satisfies Record<string, Mutation>
