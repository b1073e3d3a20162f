import type { Nemeses } from '../fault.ts'
import type { MessagesSubject } from './subject.ts'
import { RELAYS, SENDERS, SINKS, TARGETS } from './targets.ts'

/** What may go wrong with processes that keep something durable. */
export const NEMESES = {
  'kill-in-sync': {
    does: 'SIGKILL before, during or after the next sync of a file; the process is started again at once',
    targets: [...RELAYS, ...SINKS, ...SENDERS],
    instant: true,
    begin: async ({ system }, { target }) => system.process(target).kill('SIGUSR2'),
  },
  away: {
    does: 'SIGKILL; the process is started again at the end',
    targets: TARGETS.processes,
    begin: ({ system }, { target }) => {
      const process = system.process(target)
      process.hold()
      process.kill('SIGKILL')
      return () => process.release()
    },
  },
} satisfies Nemeses<MessagesSubject>
