import { join } from 'node:path'
import type { Findings, Table } from '../report.ts'
import type { Bench } from '../suite.ts'
import { noneOf, type Target, target } from '../targets.ts'
import { DAMAGES, type DamagedPhoto } from './damaged-photos.ts'
import { faceEngines, OPENCV, OURS, PYTHON } from './engines.ts'
import { distanceOf } from './pairs.ts'
import { SEED } from './random-numbers.ts'
import { Runners } from './runners.ts'
import type { Box } from './sample-faces.ts'
import type { Photos } from './speed-photos.ts'

const ALL = { photos: 6, damages: DAMAGES.length }
const PLANS = { full: ALL, quick: ALL, tiny: { photos: 1, damages: 2 } }
/** A box belongs to the face that it overlaps by at least this (intersection over union). */
const OVERLAP = 0.3
/** A box that overlaps a face by less, but by more than this, is a misplaced one. */
const TOUCHES = 0.05
const THRESHOLD = 0.6
/** The others take minutes, or are the same nets. */
const COMPARED = [OURS, OPENCV, PYTHON]
/** Percent of the faces, by engine. */
const FOUND: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'faces of 3.8 % of the longer side': { [OURS]: 95, [OPENCV]: 97 },
  'faces of 2.4 % of the longer side': { [OURS]: 92, [OPENCV]: 95 },
  'faces of 1.2 % of the longer side': { [OURS]: 85, [OPENCV]: 90 },
  'dark (18 %)': { [OURS]: 95, [OPENCV]: 98 },
  'dark, with noise': { [OURS]: 92, [OPENCV]: 98 },
  'blurred by 4 pixels': { [OURS]: 85, [OPENCV]: 97 },
  overexposed: { [OURS]: 85, [OPENCV]: 90 },
}
const RECOGNISED: typeof FOUND = {
  'turned by 90°': { [OURS]: 90, [OPENCV]: 90 },
  'turned by 180°': { [OURS]: 90, [OPENCV]: 90 },
  'turned by 270°': { [OURS]: 90, [OPENCV]: 90 },
}
/** The kinds of damage whose faces are to be recognised all in all, in percent. */
const DAMAGED = new Set([
  'dark (18 %)',
  'dark, with noise',
  'flat',
  'overexposed',
  'blurred by 4 pixels',
  'blurred by 8 pixels',
  'noise',
  'JPEG of quality 8',
])
const DAMAGED_RECOGNISED: Readonly<Record<string, number>> = { [OURS]: 75, [OPENCV]: 85 }
/** On photos without a face. */
const MOST_INVENTED = 5

/** What an engine made of one kind of photos. */
export interface Recall {
  photos: number
  faces: number
  found: number
  /** Of the faces: those whose embedding is near to that of the undamaged one. */
  recognised: number
  /** Boxes on a face that has one already, or that lie between faces. */
  doubles: number
  /** Boxes that touch no face. */
  invented: number
  /** Mean of a photo, without decoding it. */
  cpuMs: number
}

/** By damage, then by engine. */
export type Recalls = Readonly<Record<string, Readonly<Record<string, Recall>>>>

interface SeenFace {
  box: Box
  descriptor: number[]
}

/** Of each photo, of each face: its embedding on the undamaged photo; undefined where it was not found there. */
type References = (number[] | undefined)[][]

/**
 * How many faces are found on photos that were made harder (smaller, dark, blurred, turned), and what is found where none are. The first kind
 * is undamaged: the others are compared with it.
 */
export async function recall({ folder }: Photos, bench: Bench): Promise<Findings> {
  const { photos, damages } = PLANS[bench.size]
  const engines = faceEngines(bench.option, join(folder, 'compiled')).filter(({ name }) => COMPARED.includes(name))
  await using runners = await Runners.start(engines, 1, bench.progress)
  const recalls: Record<string, Record<string, Recall>> = {}
  const undamaged = new Map<string, References>()
  for (const damage of DAMAGES.slice(0, damages)) {
    const made = await damage.make(folder, photos)
    const row: Record<string, Recall> = {}
    for (const { engine, processes } of runners.running) {
      bench.signal.throwIfAborted()
      bench.progress.say(`recall: ${damage.name}, ${engine.name}`)
      const seen: SeenFace[][] = []
      let cpuMs = 0
      for (const { path } of made) {
        const answer = await processes[0]?.ask('faces', { path })
        if (!answer) throw new Error(`${engine.name} is not there.`)
        const { descriptors, boxes, restCpuMs } = answer
        seen.push(descriptors.map((descriptor, i) => ({ descriptor, box: boxes[i] as Box })))
        cpuMs += restCpuMs / made.length
      }
      const known = undamaged.get(engine.name) ?? made.map(({ faces }, i) => embeddingsOf(faces, seen[i] ?? []))
      undamaged.set(engine.name, known)
      row[engine.name] = { ...recallOf(made, seen, known), cpuMs }
    }
    recalls[damage.name] = row
  }
  return recallFindings(recalls)
}

export function recallFindings(recalls: Recalls): Findings {
  return { targets: targetsOf(recalls), tables: tablesOf(recalls), data: { recalls, seed: SEED } }
}

/** Each face with the box that overlaps it most; a box that is left over is a double where it touches a face, else invented. */
export function recallOf(
  photos: readonly DamagedPhoto[],
  seen: readonly SeenFace[][],
  known: References,
): Omit<Recall, 'cpuMs'> {
  const sum = { photos: photos.length, faces: 0, found: 0, recognised: 0, doubles: 0, invented: 0 }
  for (const [i, { faces, sources }] of photos.entries()) {
    const found = matches(faces, seen[i] ?? [])
    sum.faces += faces.length
    sum.found += found.size
    for (const [face, { descriptor }] of found) {
      const source = sources?.[face] ?? { photo: i, face }
      const before = known[source.photo]?.[source.face]
      if (before && distanceOf(before, descriptor) <= THRESHOLD) sum.recognised++
    }
    for (const one of seen[i] ?? []) {
      if ([...found.values()].includes(one)) continue
      if (faces.some((face) => overlap(face, one.box) > TOUCHES)) sum.doubles++
      else sum.invented++
    }
  }
  return sum
}

function embeddingsOf(faces: readonly Box[], seen: readonly SeenFace[]): (number[] | undefined)[] {
  const found = matches(faces, seen)
  return faces.map((_, i) => found.get(i)?.descriptor)
}

function matches(faces: readonly Box[], seen: readonly SeenFace[]): Map<number, SeenFace> {
  const pairs = faces
    .flatMap((face, i) => seen.map((one) => ({ i, one, common: overlap(face, one.box) })))
    .filter(({ common }) => common >= OVERLAP)
    .sort((one, other) => other.common - one.common)
  const found = new Map<number, SeenFace>()
  for (const { i, one } of pairs) if (!found.has(i) && ![...found.values()].includes(one)) found.set(i, one)
  return found
}

/** Intersection over union. */
function overlap(one: Box, other: Box): number {
  const width = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x)
  const height = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y)
  const common = Math.max(0, width) * Math.max(0, height)
  return common / (one.width * one.height + other.width * other.height - common)
}

function targetsOf(recalls: Recalls): Target[] {
  return [OURS, OPENCV].flatMap((engine) => targetsOfEngine(recalls, engine))
}

function targetsOfEngine(recalls: Recalls, engine: string): Target[] {
  const rows = Object.entries(recalls).flatMap(([damage, { [engine]: recall }]) => (recall ? [{ damage, recall }] : []))
  if (rows.length === 0) return []
  const sum = (some: typeof rows, name: 'found' | 'recognised' | 'faces' | 'doubles' | 'invented') =>
    some.reduce((total, { recall }) => total + recall[name], 0)
  const percent = (what: string, some: typeof rows, name: 'found' | 'recognised', wanted: number | undefined) =>
    wanted === undefined || sum(some, 'faces') === 0
      ? []
      : target(`${engine}: ${what}`, (100 * sum(some, name)) / sum(some, 'faces'), { atLeast: wanted, unit: ' %' })
  const damaged = rows.filter(({ damage }) => DAMAGED.has(damage))
  const faceless = rows.filter(({ recall }) => recall.faces === 0)
  const invented = sum(faceless, 'invented')
  return [
    ...rows.flatMap((row) => [
      ...percent(`faces found, ${row.damage}`, [row], 'found', FOUND[row.damage]?.[engine]),
      ...percent(`faces recognised, ${row.damage}`, [row], 'recognised', RECOGNISED[row.damage]?.[engine]),
    ]),
    ...percent('faces recognised, all eight kinds of damage', damaged, 'recognised', DAMAGED_RECOGNISED[engine]),
    ...noneOf(`${engine}: doubles on all of these photos`, sum(rows, 'doubles')),
    ...(faceless.length > 0
      ? target(`${engine}: false faces on photos without one`, invented, {
          atMost: MOST_INVENTED,
          reached: `${invented}`,
        })
      : []),
  ]
}

function tablesOf(recalls: Recalls): Table[] {
  const engines = [...new Set(Object.values(recalls).flatMap((row) => Object.keys(row)))]
  if (engines.length === 0) return []
  const table = (title: string, about: string, cell: (recall: Recall) => string): Table => ({
    title,
    about,
    columns: ['photos', ...engines],
    rows: Object.entries(recalls).map(([damage, row]) => [
      damage,
      ...engines.map((engine) => (row[engine] ? cell(row[engine]) : '–')),
    ]),
  })
  return [
    table(
      'Faces found on photos that were made harder',
      `Made from face-api's sample photos (seed ${SEED}); where the faces are was checked by eye. On photos that are tilted, heads are tilted by up to 40° more: many people on them hold theirs so. Each cell: found / recognised (within ${THRESHOLD} of the same face on the undamaged photo) / all.`,
      ({ found, recognised, faces }) => (faces > 0 ? `${found} / ${recognised} / ${faces}` : '–'),
    ),
    table(
      'Doubles and false faces',
      'On the same photos: boxes on a face that has one or between two faces / boxes where no face is / photos.',
      ({ doubles, invented, photos }) => `${doubles} / ${invented} / ${photos}`,
    ),
    table(
      'What looking took',
      'CPU milliseconds per photo, the mean, without decoding it the first time.',
      ({ cpuMs }) => cpuMs.toFixed(0),
    ),
  ]
}
