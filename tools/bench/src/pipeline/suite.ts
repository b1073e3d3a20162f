import { freePort, requireProgram } from '@livepods/system'
import { STUB_RECOGNISER } from '@livepods/testing'
import type { Progress } from '../progress.ts'
import type { Report } from '../report.ts'
import { StopRequested } from '../stop-requested.ts'
import type { Bench, Suite } from '../suite.ts'
import { targetTable } from '../targets.ts'
import { measureAccept } from './accept.ts'
import { type Durability, durabilityOf, durabilitySentence } from './durability.ts'
import { Field } from './field.ts'
import { measureLatency } from './latency.ts'
import { type Part, readOptions, USAGE } from './options.ts'
import { measureOverload } from './overload.ts'
import { placePhotos, samplePaths, stubPaths } from './photos.ts'
import { FULL, type Plan, QUICK } from './plan.ts'
import { measureSweep } from './sweep.ts'
import { type Measured, pipelineTables } from './tables.ts'
import { targetsOf } from './targets.ts'
import { type Lane, measureThroughput, REAL, STUB } from './throughput.ts'

/** `pnpm bench pipeline`: how fast photos come in and go through, what waiting costs, and how it holds under a backlog. */
export const pipeline: Suite = {
  usage: USAGE,
  async run({ quick, args, progress }: Bench): Promise<Report> {
    const { parts, rounds } = readOptions(args)
    return await runPipeline({ plan: withRounds(quick ? QUICK : FULL, rounds), parts, progress })
  },
}

/** Measures these parts. The processes of the suite are started for it and end with it, also at SIGINT and SIGTERM. */
export async function runPipeline({
  plan,
  parts,
  progress,
}: {
  plan: Plan
  parts: readonly Part[]
  progress: Progress
}): Promise<Report> {
  using stop = new StopRequested()
  const running = { plan, parts, progress, signal: stop.signal }
  const measured: Measured = {}
  const durability = await withStub(running, measured)
  const targets = targetsOf(measured)
  return {
    title: 'The pipeline from the receiver to the final state',
    about: [
      'All processes of the suite run on this machine as `pnpm dev` runs them, with what sends beside them, in a process of its own; medians of the rounds, quartiles in brackets.',
      durabilitySentence(durability),
    ],
    tables: [targetTable(targets), ...pipelineTables(measured)],
    data: { durability, targets, ...measured },
  }
}

interface Running {
  plan: Plan
  parts: readonly Part[]
  progress: Progress
  signal: AbortSignal
}

async function withStub({ plan, parts, progress, signal }: Running, measured: Measured): Promise<Durability> {
  await requireProgram('database', progress.note)
  progress.say('starting the suite with a stub recogniser')
  const controlPort = await freePort()
  await using field = await Field.start({
    mains: { 'face-recognition': STUB_RECOGNISER },
    environments: { 'face-recognition': { STUB_CONTROL_PORT: `${controlPort}` } },
    progress,
    signal,
  })
  const common = { field, progress, signal }
  const durability = await durabilityOf(field.database)
  if (parts.includes('accept')) measured.accept = await measureAccept({ ...common, ...plan.accept })
  if (parts.includes('throughput')) measured.throughput = await withReal({ plan, progress, signal }, field)
  if (parts.includes('latency')) measured.latency = await measureLatency({ ...common, ...plan.latency })
  if (parts.includes('sweep'))
    measured.sweep = await measureSweep({ server: field.databaseOptions, ...plan.sweep, progress, signal })
  if (parts.includes('overload'))
    measured.overload = await measureOverload({ ...common, ...plan.overload, controlPort })
  return durability
}

/** The suite with the real recogniser is there for these rounds only. */
async function withReal({ plan, progress, signal }: Omit<Running, 'parts'>, stub: Field) {
  const { stubPhotos, realPhotos, ...rounds } = plan.throughput
  const lanes: Lane[] = [{ name: STUB, field: stub, paths: stubPaths(stubPhotos) }]
  if (realPhotos === 0) return await measureThroughput({ lanes, ...rounds, progress, signal })
  progress.say('starting the suite with the real recogniser')
  await using real = await Field.start({
    prepare: async (folders) => await placePhotos(realPhotos, folders),
    // It would remember the few photos that all of these are copies of.
    environments: { 'face-recognition': { FACE_RESULTS_MEGABYTES: '0' } },
    progress,
    signal,
  })
  lanes.push({ name: REAL, field: real, paths: samplePaths(realPhotos) })
  return await measureThroughput({ lanes, ...rounds, progress, signal })
}

function withRounds(plan: Plan, rounds: number | undefined): Plan {
  if (rounds === undefined) return plan
  const { accept, throughput, latency, sweep, overload } = plan
  return {
    accept: { ...accept, rounds },
    throughput: { ...throughput, rounds },
    latency: { ...latency, rounds },
    sweep: { ...sweep, rounds },
    overload: { ...overload, windows: rounds },
  }
}
