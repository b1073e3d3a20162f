import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { joined } from '../report.ts'
import { measureParts, planOf, type Suite } from '../suite.ts'
import { gap } from './gap.ts'
import { hook } from './hook.ts'
import { interval } from './interval.ts'
import { Watched } from './watched.ts'

const PARTS = { interval, hook, gap }
const PLANS = {
  full: { rounds: 1, workloads: 1000, repositories: 50, registries: 5, intervalSeconds: 60 },
  quick: { rounds: 1, workloads: 1000, repositories: 50, registries: 5, intervalSeconds: 10 },
  tiny: { rounds: 1, workloads: 20, repositories: 10, registries: 2, intervalSeconds: 5 },
}

/** `pnpm bench delivery`: what image-watcher asks and uses, and how soon it acts. */
export const delivery: Suite = {
  parts: Object.keys(PARTS),
  async run(bench) {
    await using stack = new AsyncDisposableStack()
    const compiled = await mkdtemp(join(tmpdir(), 'livepods-bench-compiled-'))
    stack.defer(async () => await rm(compiled, { recursive: true, force: true }))
    const { rounds: _, ...options } = planOf(bench, PLANS)
    bench.progress.say(`rolling out ${options.workloads} workloads`)
    const watched = stack.use(await Watched.start({ ...options, compiled }))
    await watched.rolledOut(bench.signal)
    return {
      ...joined(await measureParts(PARTS, watched, bench)),
      title: 'image-watcher with many workloads',
      about: [
        'image-watcher is a process of its own; the API server and the registries are those of `packages/fakes`, in the process that measures. Registries ask for a token. CPU time and memory are those of image-watcher alone, with the heap that Node chooses in the 256 MiB of its pod.',
      ],
    }
  },
}
