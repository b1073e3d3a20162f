import { eventually } from '@livepods/testing'
import { readingTables } from '../readings.ts'
import type { Findings } from '../report.ts'
import { measureRounds } from '../rounds.ts'
import { type Bench, planOf } from '../suite.ts'
import { target } from '../targets.ts'
import type { Watched } from './watched.ts'

const PLANS = { full: { rounds: 15 }, quick: { rounds: 5 }, tiny: { rounds: 1 } }
const OURS = 'image-watcher'
const ROW = 'hook'

/** From a hook to the patches of all workloads of the repository. */
export async function hook(watched: Watched, bench: Bench): Promise<Findings> {
  const { rounds } = planOf(bench, PLANS)
  const sharing = watched.options.workloads / watched.options.repositories
  let pushes = 0
  const measure = async () => {
    const home = watched.homes[pushes++ % watched.homes.length] as Watched['homes'][number]
    home.registry.push(home.repository, 'latest', `push ${pushes}`)
    const patchedAt: number[] = []
    watched.cluster.fault = ({ method, url = '' }) => {
      if (method === 'PATCH' && url.includes('/app-')) patchedAt.push(performance.now())
      return false
    }
    const at = performance.now()
    await watched.hook(home)
    await eventually(
      () => {
        // Each is patched once for its image, and once more when it is up.
        if (patchedAt.length < 2 * sharing) throw new Error('Not all are patched.')
      },
      { everyMs: 5 },
    )
    watched.cluster.fault = () => false
    return { firstMs: (patchedAt[0] ?? Number.NaN) - at, allMs: (patchedAt.at(-1) ?? Number.NaN) - at }
  }
  const candidates = [{ name: OURS, measure }]
  const series = await measureRounds(bench, { title: ROW, candidates, rows: [{ name: ROW }], rounds, warmUp: 1 })
  const first = series.summary(ROW, { candidate: OURS, reading: 'firstMs' })
  return {
    targets: target('from a hook to the first patch', first?.median, { atMost: 2000, unit: ' ms' }),
    tables: readingTables(series, '', [
      {
        title: 'From a hook to the first patch',
        about: `Milliseconds, with a HEAD and the manifest of the new digest; hooks are collected for a quarter of a second.`,
        reading: 'firstMs',
      },
      {
        title: 'From a hook until all are up',
        about: `Milliseconds until the last of the ${sharing} workloads of the repository is noted as up.`,
        reading: 'allMs',
      },
    ]),
    data: { hook: series },
  }
}
