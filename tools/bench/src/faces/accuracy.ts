import type { Progress } from '../progress.ts'
import type { Runner } from './field.ts'
import { type KnownPeople, type Names, nameAll, nameLargest } from './identification.ts'
import { type Decisions, decide, pairsOf } from './pairs.ts'
import type { Faces } from './subject-port.ts'
import { type LabelledPhoto, pairPhotos, type Scenario, scenarios } from './test-photos.ts'

/** Every hundredth from 0.45 to 0.60. */
export const THRESHOLDS = Array.from({ length: 16 }, (_, i) => (45 + i) / 100)
const THRESHOLD = 0.6

export interface Accuracy {
  photos: number
  withoutFace: number
  genuine: number
  impostor: number
  /** By threshold, in the order of THRESHOLDS. */
  decisions: Decisions[]
  /** By folder, at 0.6. */
  identification: Record<string, { known: Names; groups: Names; strangers: Names }>
}

/** Descriptors of the faces on each photo, largest first, by path. */
type Seen = ReadonlyMap<string, readonly number[][]>

/** By engine: what it makes of the test photos, the largest face of each where one person is meant. */
export async function measureAccuracy(
  runners: readonly Runner[],
  folder: string,
  progress: Progress,
): Promise<Record<string, Accuracy>> {
  const photos = pairPhotos(folder)
  const questions = scenarios(folder)
  const paths = new Set([...photos.map(({ path }) => path), ...questions.flatMap(pathsOf)])
  const accuracies: Record<string, Accuracy> = {}
  for (const { engine, processes } of runners) {
    const seen = new Map<string, number[][]>()
    for (const path of paths) {
      progress.say(`accuracy: ${engine.name}, photo ${seen.size + 1} of ${paths.size}`)
      const answer = await processes[0]?.ask<Faces>({ op: 'faces', path })
      seen.set(path, answer?.descriptors ?? [])
    }
    accuracies[engine.name] = {
      ...verify(photos, seen),
      identification: Object.fromEntries(questions.map((scenario) => [scenario.name, nameFaces(scenario, seen)])),
    }
  }
  return accuracies
}

function pathsOf({ known, unknown, strangers, groups }: Scenario): string[] {
  return [...[...known, ...unknown, ...groups].map(({ path }) => path), ...strangers]
}

function verify(photos: LabelledPhoto[], seen: Seen): Omit<Accuracy, 'identification'> {
  const described = photos.map(({ path, person }) => ({ person, descriptor: seen.get(path)?.[0] }))
  const pairs = pairsOf(described)
  const genuine = pairs.filter((pair) => pair.genuine).length
  return {
    photos: photos.length,
    withoutFace: described.filter(({ descriptor }) => !descriptor).length,
    genuine,
    impostor: pairs.length - genuine,
    decisions: THRESHOLDS.map((threshold) => decide(pairs, threshold)),
  }
}

function nameFaces({ known, unknown, groups, strangers }: Scenario, seen: Seen): Accuracy['identification'][string] {
  const facesOn = (path: string) => seen.get(path) ?? []
  const people = enrol(known, seen)
  const strange = strangers.map((path) => ({ people: undefined, descriptors: facesOn(path) }))
  return {
    known: nameLargest(
      unknown.map(({ path, person }) => ({ person, descriptors: facesOn(path) })),
      people,
      THRESHOLD,
    ),
    groups: nameAll(
      groups.map(({ path, people }) => ({ people, descriptors: facesOn(path) })),
      people,
      THRESHOLD,
    ),
    strangers: nameAll(strange, people, THRESHOLD),
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
