import type { Nemeses, Nemesis } from '../fault.ts'
import type { LiveSubject } from './subject.ts'
import { REPLICAS } from './targets.ts'
import { untilTogether } from './until.ts'

/** Where all replicas that have a stream die one after the other its segments are lost: so each waits until the others have it. */
function whenTogether(
  does: string,
  begin: (subject: LiveSubject, target: string) => Promise<void> | void,
): Nemesis<LiveSubject> {
  return {
    does: `${does}, when all replicas have the stream`,
    targets: REPLICAS,
    instant: true,
    begin: async (subject, { target }, signal) => {
      await subject.inTurn(async () => {
        await untilTogether(subject.system, signal)
        await begin(subject, target)
      })
    },
  }
}

export const NEMESES = {
  kill: whenTogether('SIGKILL; the process is started again at once', ({ system }, target) =>
    system.process(target).kill('SIGKILL'),
  ),
  roll: whenTogether('a second process is started, then the first gets SIGTERM', async ({ system }, target) => {
    await system.roll(target)
  }),
} satisfies Nemeses<LiveSubject>
