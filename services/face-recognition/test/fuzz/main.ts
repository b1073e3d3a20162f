// pnpm --filter @livepods/face-recognition fuzz [--count N] [--seed N] [--from N]
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'

/** Resident memory in MB that the service may take at most. */
const MOST_MEGABYTES = 1500

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
  },
  // pnpm passes its own separator on.
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
})
const [count, seed, from] = [Number(values.count), Number(values.seed), Number(values.from)]

const begun = performance.now()
const onProgress = (done: number) => {
  if (done % 1000 === 0) console.error(`${done} of ${count} pictures`)
}
const report = await fuzz({ count, seed, from, onProgress })
const seconds = Math.round((performance.now() - begun) / 1000)
console.log(JSON.stringify({ count, seed, from, seconds, ...report }, null, 2))
const isFine =
  report.failures.length + report.hangs.length === 0 && report.exit === 0 && report.rss.most <= MOST_MEGABYTES
process.exitCode = isFine ? 0 : 1
