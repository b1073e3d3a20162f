import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A photo that is known to show this person. */
export interface LabelledPhoto {
  path: string
  person: string
}

/** One way to put the question: who of these people is on these photos? */
export interface Scenario {
  name: string
  known: LabelledPhoto[]
  /** Photos of one known person each. */
  unknown: LabelledPhoto[]
  /** Nobody on these is known. */
  strangers: string[]
  /** Photos of several people, all of whom bear names that match. */
  groups: { path: string; people: RegExp }[]
}

/** Photos of the families under other names. */
const FURTHER = {
  'Family1-Daughter': /^child\d-person-group\.jpg$/,
  'Family2-Lady': /^woman\d-person-group\.jpg$/,
  'Family2-Man': /^man\d-person-group\.jpg$/,
}

/** Where the test photos are: `shared/faces` beside the repository, or the environment variable FACES. They are not part of the repository. */
export function testPhotosFolder(env: NodeJS.ProcessEnv): string | undefined {
  const folder = env.FACES ?? fileURLToPath(new URL('../../../../../shared/faces', import.meta.url))
  return existsSync(folder) ? folder : undefined
}

/** One photo per person and content, of all three folders: whoever is on two of them makes a genuine pair, all others impostor pairs. */
export function pairPhotos(folder: string): LabelledPhoto[] {
  return withoutDuplicates([...azurePeople(folder), ...portraits(folder), ...compatPeople(folder)])
}

/** The three folders, each with its own known people. */
export function scenarios(folder: string): Scenario[] {
  const azure = (name: string) => join(folder, 'azure', name)
  const family = azurePeople(folder)
  const isKnown = ({ path }: LabelledPhoto) =>
    path.endsWith('1.jpg') || (path.endsWith('2.jpg') && existsSync(path.replace(/2\.jpg$/, '3.jpg')))
  const faces = portraits(folder)
  const isFirst = ({ path }: LabelledPhoto) => /[/\\](obama|biden)\.jpg$/.test(path)
  const compat = compatPeople(folder)
  return [
    {
      name: 'azure',
      known: family.filter(isKnown),
      unknown: family.filter((photo) => !isKnown(photo)),
      strangers: [1, 2, 3, 4, 5].map((number) => azure(`detection${number}.jpg`)),
      groups: [
        { path: azure('identification1.jpg'), people: /^Family1-/ },
        { path: azure('test-image-person-group.jpg'), people: /^Family2-/ },
        { path: azure('detection6.jpg'), people: /^Family3-/ },
      ],
    },
    {
      name: 'portraits',
      known: faces.filter(isFirst),
      unknown: faces.filter((photo) => !isFirst(photo)),
      strangers: [],
      groups: [{ path: join(folder, 'portraits', 'two_people.jpg'), people: /^(obama|biden)$/ }],
    },
    {
      name: 'compat',
      known: compat,
      unknown: [{ path: join(folder, 'compat', 'unknown.jpg'), person: 'hannibal' }],
      strangers: [],
      groups: [],
    },
  ]
}

/** Some of the further photos are copies of the family's own. */
function azurePeople(folder: string): LabelledPhoto[] {
  const azure = join(folder, 'azure')
  return withoutDuplicates([
    ...label(azure, /^(Family\d-[A-Za-z]+)\d\.jpg$/),
    ...Object.entries(FURTHER).flatMap(([person, pattern]) => label(azure, pattern, person)),
  ])
}

function portraits(folder: string): LabelledPhoto[] {
  return label(join(folder, 'portraits'), /^(obama|biden).*\.jpg$/)
}

function compatPeople(folder: string): LabelledPhoto[] {
  return label(join(folder, 'compat', 'known_people'), /^([a-z]+)_\d+\.jpg$/)
}

/** Files whose name matches, and the person: the one given, or what the name has in its first group. */
function label(folder: string, pattern: RegExp, given?: string): LabelledPhoto[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const match = name.match(pattern)
      const person = match ? (given ?? match[1]) : undefined
      return person ? [{ path: join(folder, name), person }] : []
    })
}

function withoutDuplicates(photos: LabelledPhoto[]): LabelledPhoto[] {
  const seen = new Set<string>()
  return photos.filter(({ path }) => {
    const hash = createHash('sha256').update(readFileSync(path)).digest('hex')
    return !seen.has(hash) && seen.add(hash)
  })
}
