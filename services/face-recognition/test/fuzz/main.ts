// pnpm --filter @livepods/face-recognition fuzz [--count N] [--seed N] [--from N]; a whole run, or a longer one, is kept in docs/benchmarks.
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, type } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'

/** Resident memory in MB that the service may take at most. */
const MOST_MEGABYTES = 1500
const WHOLE = 20_000
const USAGE = 'fuzz [--count N] [--seed N] [--from N]: mutated pictures through the real service'
/** `pnpm bench faces` shows it on its page. */
const REPORT = fileURLToPath(new URL('../../../../docs/benchmarks/faces-fuzz.json', import.meta.url))

const { count, seed, from } = optionsOrExit()

const begun = performance.now()
const onProgress = (done: number) => {
  if (done % 1000 === 0) console.error(`${done} of ${count} pictures`)
}
const report = await fuzz({ count, seed, from, onProgress })
const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${type()} ${release()}, Node ${process.version}`
const seconds = Math.round((performance.now() - begun) / 1000)
const text = JSON.stringify({ date: new Date().toISOString(), machine, count, seed, from, seconds, ...report }, null, 2)
console.log(text)
console.table(report.outcomes)
if (count >= WHOLE) writeFileSync(REPORT, `${text}\n`)
const isFine =
  report.failures.length + report.hangs.length === 0 && report.exit === 0 && report.rss.most <= MOST_MEGABYTES
process.exitCode = isFine ? 0 : 1

function optionsOrExit(): { count: number; seed: number; from: number } {
  try {
    const { values } = parseArgs({
      options: {
        count: { type: 'string', default: `${WHOLE}` },
        seed: { type: 'string', default: '1' },
        from: { type: 'string', default: '0' },
        help: { type: 'boolean', short: 'h' },
      },
      // pnpm passes its own separator on.
      args: process.argv.slice(2).filter((argument) => argument !== '--'),
    })
    if (!values.help) return { count: Number(values.count), seed: Number(values.seed), from: Number(values.from) }
    console.log(USAGE)
    process.exit(0)
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`)
    process.exit(64)
  }
}
