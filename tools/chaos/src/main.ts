// `pnpm chaos`: a system under load and under faults, and an audit of what became of everything that it accepted.
import { UsageError } from '@livepods/service'
import { requireProgram } from '@livepods/system'
import { faces } from './faces/faces.ts'
import { describeFault } from './fault.ts'
import { healTimes } from './heal-times.ts'
import { live } from './live/live.ts'
import { messages } from './messages/messages.ts'
import { SHORT, situationsOf } from './mutation.ts'
import { nemesesOf } from './nemesis.ts'
import { type Options, readOptions } from './options.ts'
import type { Profile } from './profile.ts'
import { runChaos } from './run-chaos.ts'
import { scheduleOf } from './schedule.ts'
import { StatusLine } from './status-line.ts'
import { writeReport } from './write-report.ts'

/** By name; the first is run when none is named. */
const TRIALS = { faces, messages, live }

const status = new StatusLine(process.stdout)
const say = (sentence: string) => status.say(sentence)
const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    if (stop.signal.aborted) process.exit(130)
    say(`${name}: stopping everything`)
    stop.abort(new Error(`Stopped by ${name}.`))
  })
}

async function chaos(options: Options): Promise<boolean> {
  const { trial, seed, mutation, directory } = options
  const mistake = mutation === undefined ? undefined : trial.mutations[mutation]
  const nemeses = nemesesOf(trial)
  const profile: Profile = { ...options.profile, ...(options.targeted && SHORT), ...mistake?.profile }
  if (options.seconds) profile.seconds = options.seconds
  const schedule = options.targeted ? [] : scheduleOf(seed, profile, nemeses)
  const situations = mistake ? situationsOf(mistake, nemeses) : []
  const command = `pnpm chaos ${process.argv.slice(2).join(' ')}`.trim()
  for (const program of trial.programs) await requireProgram(program, say)
  say(`seed ${seed}: the same storm again with --seed ${seed}; everything goes to ${directory}`)
  if (mistake) say(`with a mistake: ${mistake.mistake}`)
  for (const fault of [...situations, ...schedule]) say(describeFault(fault))
  const report = await runChaos({
    ...{ trial, profile, schedule, situations, seed, mutation, directory },
    announce: say,
    onPage: (url) => say(`page: ${url}`),
    onProgress: (progress) => status.update(progress),
    signal: stop.signal,
  })
  for (const { id, title, violations } of report.verdicts) {
    say(
      `${id.padEnd(3)} ${violations ? (violations.length === 0 ? 'holds         ' : 'DOES NOT HOLD ') : 'does not apply'} ${title}`,
    )
    for (const violation of violations?.slice(0, 5) ?? []) say(`      ${violation}`)
  }
  for (const { nemesis, count, flows, settled } of healTimes(report.healings)) {
    const [median, most] = flows.map((value) => value.toFixed(1))
    say(
      `healed ${nemesis.padEnd(13)} ${count} times: flows after ${median} s (at most ${most}), settled after at most ${settled[1].toFixed(1)} s`,
    )
  }
  say(
    `drained: ${report.drainSeconds === undefined ? 'not in time' : `${report.drainSeconds.toFixed(1)} s after the storm`}`,
  )
  for (const path of await writeReport(directory, report, { command, nemeses })) say(`written: ${path}`)
  say(`lost ${report.lost}, twice ${report.twice}, stuck ${report.stuck}`)
  return report.holds
}

try {
  const options = readOptions(process.argv.slice(2), TRIALS)
  if (typeof options === 'string') say(options)
  else process.exitCode = (await chaos(options)) ? 0 : 1
} catch (error) {
  say(error instanceof UsageError ? error.message : String((error as Error).stack))
  process.exitCode = error instanceof UsageError ? error.exitCode : 1
}
process.exit()
