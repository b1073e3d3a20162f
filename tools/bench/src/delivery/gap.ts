import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '@livepods/testing'
import { readingTables } from '../readings.ts'
import type { Findings } from '../report.ts'
import { measureRounds } from '../rounds.ts'
import { type Bench, planOf } from '../suite.ts'
import { target } from '../targets.ts'
import { imageOf, type Watched } from './watched.ts'

const PLANS = {
  full: { rounds: 3, seconds: 60, changes: 20 },
  quick: { rounds: 1, seconds: 20, changes: 20 },
  tiny: { rounds: 1, seconds: 1, changes: 2 },
}
const OURS = 'image-watcher'
const ROW = 'gap'

/** From the end of an outage of the API server, in which workloads came and went, until all is as it should be. */
export async function gap(watched: Watched, bench: Bench): Promise<Findings> {
  const { rounds, seconds, changes } = planOf(bench, PLANS)
  const { cluster } = watched
  let gaps = 0
  const measure = async () => {
    const number = gaps++
    cluster.fault = ({ socket }) => {
      socket.destroy()
      return true
    }
    cluster.endWatches({ cut: true })
    const home = watched.homes[0] as Watched['homes'][number]
    const added = Array.from({ length: changes }, (_, index) => `new-${number}-${index}`)
    for (const name of added) cluster.add(name, { image: imageOf(home) })
    for (let index = 0; index < changes; index++) cluster.remove('Deployment', `app-${number * changes + index}`)
    cluster.compact()
    await sleep(seconds * 1000, undefined, { signal: bench.signal })
    cluster.fault = () => false
    const at = performance.now()
    await eventually(() => {
      if (!added.every((name) => cluster.imageOf('Deployment', name).includes('@'))) throw new Error('Not all are set.')
    })
    await eventually(async () => {
      const { workloads } = await watched.status()
      if (workloads.length !== watched.options.workloads) throw new Error('It knows others than there are.')
    })
    return { correctMs: performance.now() - at }
  }
  const candidates = [{ name: OURS, measure }]
  const series = await measureRounds(bench, { title: ROW, candidates, rows: [{ name: ROW }], rounds, warmUp: 0 })
  const reading = 'correctMs'
  return {
    targets: target('after a watch gap', series.summary(ROW, { candidate: OURS, reading })?.median, {
      atMost: 5000,
      unit: ' ms',
    }),
    tables: readingTables(series, '', [
      {
        title: 'After a watch gap',
        about: `Milliseconds until ${changes} workloads that came in an outage of ${seconds} s are set, and ${changes} that went are forgotten; the API server has forgotten the versions before it. Waits between tries do not grow beyond two seconds, so that a longer outage makes no difference.`,
        reading,
      },
    ]),
    data: { gap: series },
  }
}
