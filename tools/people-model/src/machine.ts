import { distanceOf, identityOfImage } from './identities.ts'
import type { Face, State } from './state.ts'

export interface Seen {
  /** The identity of each face. */
  identities: ReadonlyMap<string, number>
  /** The row of a person; one that is not known yet is the newest. */
  row: (person: string) => number
}

/** What machines say of faces of which no person said anything. */
export const MACHINE = {
  /** Each such face is the person's of the nearest known image; of two at one distance that of the older person. */
  match(state: State, seen: Seen): void {
    const images = [...state.people].flatMap(([person, { images, deleted }]) =>
      deleted === 'no'
        ? [...images].map((image) => ({ person, image, identity: identityOfImage(image, seen.identities) }))
        : [],
    )
    const nearest = images.sort(
      (a, b) => distanceOf(a.image) - distanceOf(b.image) || seen.row(a.person) - seen.row(b.person),
    )
    for (const [id, face] of state.faces)
      if (!face.decided && face.described)
        face.person = nearest.find(({ identity }) => identity === seen.identities.get(id))?.person ?? null
  },

  /** A face that is nobody's joins the oldest cluster without a name that it resembles, or founds one. */
  cluster(state: State, { identities }: Seen, number: string): void {
    for (const [id, face] of state.faces) {
      if (face.person !== null || face.decided || face.group !== null || !face.described) continue
      face.group = clusterOf(state, identities, identities.get(id)) ?? `${number}.${id}.group`
      if (!state.groups.has(face.group)) state.groups.set(face.group, null)
    }
  },

  /** One run of the image-processor’s periodic task. */
  group(state: State, seen: Seen, number: string): void {
    MACHINE.match(state, seen)
    MACHINE.cluster(state, seen, number)
  },
}

function clusterOf(
  state: State,
  identities: ReadonlyMap<string, number>,
  identity: number | undefined,
): string | undefined {
  const isExemplar = (face: Face) => face.described && (!face.decided || face.person === null)
  for (const [key, person] of state.groups) {
    const isLike = [...state.faces].some(
      ([id, face]) => face.group === key && isExemplar(face) && identities.get(id) === identity,
    )
    if (person === null && isLike) return key
  }
  return undefined
}
