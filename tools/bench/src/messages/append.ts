import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Spool } from '@livepods/spool'
import { drive } from '../drive.ts'
import { readingTables } from '../readings.ts'
import type { Findings } from '../report.ts'
import { type Candidate, measureRounds } from '../rounds.ts'
import { type Bench, planOf } from '../suite.ts'
import { target } from '../targets.ts'
import { BODY } from './post.ts'

const PLANS = {
  full: { rounds: 7, forMs: 1500 },
  quick: { rounds: 3, forMs: 500 },
  tiny: { rounds: 1, forMs: 100 },
}
const SPOOL = 'append log'
const EACH = 'fdatasync each'
const RECORD = { header: Buffer.alloc(12), body: Buffer.from(BODY), counted: true }
const WANTED = { '64 in flight': 20, '512 in flight': 100 }

interface Row {
  name: string
  lanes: number
}

/** Messages that are made durable in a second, in groups and one by one. */
export async function append(_shared: object, bench: Bench): Promise<Findings> {
  const { rounds, forMs } = planOf(bench, PLANS)
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'livepods-bench-append-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const fail = (error: unknown) => {
    throw new Error(`The log failed: ${JSON.stringify(error)}`)
  }
  const options = { folder: join(folder, 'spool'), name: 'bench', maxBytes: 32e9, onFatal: fail, onDamage: fail }
  const spool = stack.use(await Spool.open(options))
  const file = stack.adopt(await open(join(folder, 'file'), 'w'), (file) => file.close())
  let turn: Promise<unknown> = Promise.resolve()
  const writeOne = () => {
    const done = turn.then(async () => {
      await file.write(RECORD.body)
      await file.datasync()
    })
    turn = done
    return done
  }
  const candidate = (name: string, write: () => Promise<unknown>): Candidate<Row> => ({
    name,
    async measure({ lanes }) {
      const { accepted, wallMs, failures } = await drive({ lanes, forMs }, async () => {
        await write()
        return 1
      })
      if (failures > 0) throw new Error(`${failures} writes failed.`)
      return { perSecond: (accepted * 1000) / wallMs }
    },
  })
  const series = await measureRounds(bench, {
    title: 'append',
    candidates: [candidate(SPOOL, () => spool.append(RECORD)), candidate(EACH, writeOne)],
    rows: Object.keys(WANTED).map((name) => ({ name, lanes: Number.parseInt(name, 10) })),
    rounds,
  })
  const reading = 'perSecond'
  return {
    targets: Object.entries(WANTED).flatMap(([row, atLeast]) =>
      target(
        `append log against one fdatasync each, ${row}`,
        series.ratio(row, { candidate: SPOOL, reading }, { candidate: EACH, reading })?.median,
        { atLeast, unit: '×' },
      ),
    ),
    tables: readingTables(series, 'messages', [
      {
        title: 'Messages made durable in a second',
        about: `${RECORD.body.length} bytes each: packages/spool, next to a write and an fdatasync for each message, on the disk of the temporary folder.`,
        reading,
      },
      { title: 'The same as ratios', reading, baseline: EACH },
    ]),
    data: { append: series },
  }
}
