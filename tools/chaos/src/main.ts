// `pnpm chaos`: a copy of the suite under load and under faults, and an audit of what became of every photo.
import { UsageError } from '@livepods/service'
import { requireProgram } from '@livepods/system'
import { describeFault } from './fault.ts'
import { healTimes } from './heal-times.ts'
import { MUTATIONS } from './mutation.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { PROFILES, type Profile } from './profile.ts'
import { runChaos } from './run-chaos.ts'
import { scheduleOf } from './schedule.ts'
import { StatusLine } from './status-line.ts'
import { SHORT, targetedStorm } from './targeted-storm.ts'
import { writeReport } from './write-report.ts'

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
  const { seed, mutation, directory } = options
  const storm = mutation && targetedStorm(mutation)
  const profile: Profile = { ...PROFILES[options.profile], ...(options.targeted && SHORT), ...storm?.profile }
  if (options.seconds) profile.seconds = options.seconds
  const schedule = options.targeted ? [] : scheduleOf(seed, profile)
  const situations = storm?.situations ?? []
  const command = `pnpm chaos ${process.argv.slice(2).join(' ')}`.trim()
  await requireProgram('database', say)
  say(`seed ${seed}: the same storm again with --seed ${seed}; everything goes to ${directory}`)
  if (mutation) say(`with a mistake: ${MUTATIONS[mutation].mistake}`)
  for (const fault of [...situations, ...schedule]) say(describeFault(fault))
  const report = await runChaos({
    profile,
    schedule,
    situations,
    seed,
    mutation,
    ...(storm && { environments: storm.environments }),
    directory,
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
  for (const path of await writeReport(directory, report, command)) say(`written: ${path}`)
  say(`lost ${report.lost}, twice ${report.twice}, stuck ${report.stuck}`)
  return report.holds
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') say(USAGE)
  else process.exitCode = (await chaos(options)) ? 0 : 1
} catch (error) {
  say(error instanceof UsageError ? error.message : String((error as Error).stack))
  process.exitCode = error instanceof UsageError ? error.exitCode : 1
}
process.exit()
