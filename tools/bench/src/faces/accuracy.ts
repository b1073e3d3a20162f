import { sameWithin } from '@livepods/image-processor/face-clusters'
import type { Findings, Table } from '../report.ts'
import type { Bench } from '../suite.ts'
import { noneOf, type Target, target } from '../targets.ts'
import { DOCUMENTED, OPENCV, OURS, PYTHON, PYTHON_LARGE, WASM } from './engines.ts'
import { type Grouping, groupFaces } from './grouping.ts'
import { type KnownPeople, type Names, nameAll, nameLargest } from './identification.ts'
import { type Decisions, decide, type ErrorRates, errorRates, pairsOf } from './pairs.ts'
import { SEED } from './random-numbers.ts'
import type { Runner } from './runners.ts'
import { type LabelledPhoto, pairPhotos, type Scenario, scenarios } from './test-photos.ts'

/** Every hundredth from 0.45 to 0.60. */
export const THRESHOLDS = Array.from({ length: 16 }, (_, i) => (45 + i) / 100)
const SHOWN = [0.45, 0.5, 0.55, 0.6]
const THRESHOLD = 0.6

interface Wanted {
  /** Percent. */
  equal: number
  trueMatches: number
  /** Of the 496 pairs. */
  correct: number
  f1: number
}

/** Of the default engine: no worse than before it looked for far and dark faces, when 59 of the 60 true pairs matched without a false one. */
const WANTED: Readonly<Record<string, Wanted>> = {
  [OURS]: { equal: 0.5, trueMatches: 98.3, correct: 495, f1: 0.839 },
  [OPENCV]: { equal: 0.2, trueMatches: 99.5, correct: 495, f1: 0.96 },
}
const KINDS = ['known', 'groups', 'strangers'] as const

/** What an engine makes of the test photos. */
export interface Accuracy {
  photos: number
  withoutFace: number
  genuine: number
  impostor: number
  /** By threshold, in the order of THRESHOLDS. */
  decisions: Decisions[]
  rates: ErrorRates
  grouping: Grouping
  /** Of all pairs, at the distance at which the engine's faces are grouped. */
  correctWhereGrouped: number
  /** By folder, at 0.6. */
  identification: Record<string, Record<(typeof KINDS)[number], Names>>
}

/** By engine. */
export type Accuracies = Readonly<Record<string, Accuracy>>

/** Descriptors of the faces on each photo, largest first, by path. */
type Seen = ReadonlyMap<string, readonly number[][]>

/** What each engine makes of the test photos, the largest face of each where one person is meant. */
export async function measureAccuracy(runners: readonly Runner[], folder: string, bench: Bench): Promise<Accuracies> {
  const photos = pairPhotos(folder)
  const questions = scenarios(folder)
  const paths = new Set([...photos.map(({ path }) => path), ...questions.flatMap(pathsOf)])
  const accuracies: Record<string, Accuracy> = {}
  for (const { engine, processes } of runners) {
    const seen = new Map<string, number[][]>()
    for (const path of paths) {
      bench.signal.throwIfAborted()
      bench.progress.say(`accuracy: ${engine.name}, photo ${seen.size + 1} of ${paths.size}`)
      const answer = await processes[0]?.ask('faces', { path })
      seen.set(path, answer?.descriptors ?? [])
    }
    accuracies[engine.name] = {
      ...verify(photos, seen, `${processes[0]?.greeting.id}`),
      identification: Object.fromEntries(questions.map((scenario) => [scenario.name, nameFaces(scenario, seen)])),
    }
  }
  return accuracies
}

/** True and false matches over all pairs, and who was called what. */
export function accuracyFindings(accuracies: Accuracies): Findings {
  const tables =
    Object.keys(accuracies).length > 0 ? [pairTable(accuracies), rateTable(accuracies), nameTable(accuracies)] : []
  return { targets: targetsOf(accuracies), tables, data: { accuracies } }
}

function pathsOf({ known, unknown, strangers, groups }: Scenario): string[] {
  return [...[...known, ...unknown, ...groups].map(({ path }) => path), ...strangers]
}

/** @param id that of the engine, which says at what distance its faces are grouped */
function verify(photos: LabelledPhoto[], seen: Seen, id: string): Omit<Accuracy, 'identification'> {
  const described = photos.map(({ path, person }) => ({ person, descriptor: seen.get(path)?.[0] }))
  const pairs = pairsOf(described)
  const genuine = pairs.filter((pair) => pair.genuine).length
  return {
    photos: photos.length,
    withoutFace: described.filter(({ descriptor }) => !descriptor).length,
    genuine,
    impostor: pairs.length - genuine,
    decisions: THRESHOLDS.map((threshold) => decide(pairs, threshold)),
    rates: errorRates(pairs),
    grouping: groupFaces(described, sameWithin(id)),
    correctWhereGrouped: decide(pairs, sameWithin(id)).correct,
  }
}

function nameFaces({ known, unknown, groups, strangers }: Scenario, seen: Seen): Accuracy['identification'][string] {
  const people = enrol(known, seen)
  const withFaces = <Photo extends { path: string }>(photos: Photo[]) =>
    photos.map((photo) => ({ ...photo, descriptors: seen.get(photo.path) ?? [] }))
  return {
    known: nameLargest(withFaces(unknown), people, THRESHOLD),
    groups: nameAll(withFaces(groups), people, THRESHOLD),
    strangers: nameAll(withFaces(strangers.map((path) => ({ path, people: undefined }))), people, THRESHOLD),
  }
}

function enrol(photos: readonly LabelledPhoto[], seen: Seen): KnownPeople {
  const people = new Map<string, number[][]>()
  for (const { path, person } of photos) {
    const largest = seen.get(path)?.[0]
    if (largest) people.set(person, [...(people.get(person) ?? []), largest])
  }
  return people
}

function targetsOf(accuracies: Accuracies): Target[] {
  const ours = accuracies[OURS]
  if (!ours) return []
  const compare = (peer: string, what: keyof Decisions, thresholds: readonly number[]) => {
    const theirs = accuracies[peer]
    if (!theirs) return []
    const gaps = thresholds.map((threshold) => {
      const [our, their] = [decisionsAt(ours, threshold)[what], decisionsAt(theirs, threshold)[what]]
      return { threshold, our, their, gap: what === 'falseMatches' ? their - our : our - their }
    })
    const worst = gaps.reduce((one, other) => (other.gap < one.gap ? other : one))
    const words = { trueMatches: 'true matches', falseMatches: 'false matches', correct: 'correct decisions' }
    return target(`${words[what]} against ${peer}, ${span(thresholds)}`, worst.gap, {
      atLeast: 0,
      wanted: what === 'falseMatches' ? 'no more' : 'no fewer',
      reached: `${worst.our} and ${worst.their} at ${worst.threshold.toFixed(2)}, where it is closest`,
    })
  }
  const compat = ours.identification.compat?.known
  return [
    ...[DOCUMENTED, PYTHON, PYTHON_LARGE].flatMap((peer) => compare(peer, 'trueMatches', [0.6, 0.55])),
    ...[DOCUMENTED, WASM].flatMap((peer) => compare(peer, 'correct', THRESHOLDS)),
    ...compare(PYTHON, 'falseMatches', [0.6, 0.55]),
    ...(compat ? noneOf('errors in the compat set', compat.wrong + compat.none) : []),
    ...Object.entries(WANTED).flatMap(([engine, wanted]) => ownTargets(engine, accuracies[engine], wanted)),
  ]
}

function ownTargets(engine: string, accuracy: Accuracy | undefined, wanted: Wanted): Target[] {
  if (!accuracy) return []
  const { rates, grouping, correctWhereGrouped } = accuracy
  return [
    ...target(`${engine}: equal error rate`, 100 * rates.equal, { atMost: wanted.equal, unit: ' %' }),
    ...target(`${engine}: true matches at a false match rate of 0.001`, 100 * rates.trueMatches, {
      atLeast: wanted.trueMatches,
      unit: ' %',
    }),
    ...target(`${engine}: correct decisions where it groups`, correctWhereGrouped, {
      atLeast: wanted.correct,
      reached: `${correctWhereGrouped}`,
    }),
    ...target(`${engine}: F1 of grouping`, grouping.f1, { atLeast: wanted.f1 }),
    ...noneOf(`${engine}: wrong pairs of grouping`, grouping.wrong),
  ]
}

function pairTable(accuracies: Accuracies): Table {
  const { photos = 0, genuine = 0, impostor = 0 } = Object.values(accuracies)[0] ?? {}
  return {
    title: 'Accuracy on pairs',
    about: `${photos} photos without duplicates: ${genuine} pairs of one person, ${impostor} of two. Each cell: true matches / false matches / correct decisions. A photo without a face matches nobody. Largest face of each photo.`,
    columns: ['engine', 'no face', ...SHOWN.map((threshold) => threshold.toFixed(2)), 'TPR at 0.60'],
    rows: Object.entries(accuracies).map(([engine, accuracy]) => [
      engine,
      `${accuracy.withoutFace} of ${photos} (${percent(accuracy.withoutFace, photos)})`,
      ...SHOWN.map((threshold) => {
        const { trueMatches, falseMatches, correct } = decisionsAt(accuracy, threshold)
        return `${trueMatches} / ${falseMatches} / ${correct}`
      }),
      percent(decisionsAt(accuracy, 0.6).trueMatches, genuine),
    ]),
  }
}

function rateTable(accuracies: Accuracies): Table {
  const { genuine = 0, impostor = 0 } = Object.values(accuracies)[0] ?? {}
  return {
    title: 'Error rates, and grouping',
    about: `On the same pairs, whatever the threshold: the equal error rate, and true matches at a false match rate of 0.001 (of ${impostor} pairs that is none; one of the ${genuine} true ones is ${percent(1, genuine)}). Grouping: the same faces, as image-processor groups those that nobody has named, in 100 orders (seed ${SEED}): the mean F1 of pairs, and the wrong pairs of the worst order. Engines without a distance of their own are grouped at that of ${OURS}.`,
    columns: ['engine', 'EER', 'true matches', 'grouped within', 'correct decisions there', 'F1', 'wrong pairs'],
    rows: Object.entries(accuracies).map(([engine, { rates, grouping, correctWhereGrouped }]) => [
      engine,
      `${(100 * rates.equal).toFixed(2)} %`,
      `${(100 * rates.trueMatches).toFixed(1)} %`,
      grouping.within.toFixed(2),
      `${correctWhereGrouped}`,
      grouping.f1.toFixed(3),
      `${grouping.wrong}`,
    ]),
  }
}

function nameTable(accuracies: Accuracies): Table {
  return {
    title: 'Known and unknown people',
    about:
      'At 0.6, by the rule of the service for everyone: nearest image within the threshold and, of a person with two images or more, the mean too. Each cell: right / wrong / no name. Single photos of known people by the largest face, group photos and photos of strangers by all faces (in a group, of people who are not enrolled as well, no name is right too; among strangers only no name is).',
    columns: ['folder, photos', ...Object.keys(accuracies)],
    rows: ['azure', 'portraits', 'compat'].flatMap((folder) =>
      KINDS.flatMap((kind) => {
        const cells = Object.values(accuracies).map(({ identification }) => identification[folder]?.[kind])
        return cells.some((cell) => cell && total(cell) > 0) ? [[`${folder}, ${kind}`, ...cells.map(nameCell)]] : []
      }),
    ),
  }
}

/** What a threshold made of the pairs. */
function decisionsAt({ decisions }: Accuracy, threshold: number): Decisions {
  const found = decisions[THRESHOLDS.indexOf(threshold)]
  if (!found) throw new Error(`${threshold} is not one of the thresholds ${THRESHOLDS.join()}.`)
  return found
}

function nameCell(names: Names | undefined): string {
  return names ? `${names.right} / ${names.wrong} / ${names.none}` : '–'
}

function total({ right, wrong, none }: Names): number {
  return right + wrong + none
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`
}

function span(thresholds: readonly number[]): string {
  const [least, most] = [Math.min(...thresholds), Math.max(...thresholds)]
  return thresholds.length > 2 ? `${least.toFixed(2)} to ${most.toFixed(2)}` : `${thresholds.join(' and ')}`
}
