import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'

/** Digests that are remembered as bad, a container. */
export const MAX_BAD = 20
/** Longer ones are not ours. */
const MAX_BYTES = 64 * 1024

const PHASES = ['rolling', 'soaking', 'done', 'undone', 'followed', 'held', 'contested'] as const

const digest = Type.String({ pattern: '^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$' })
const image = Type.String({ minLength: 1, maxLength: 600 })
const at = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$', maxLength: 40 })

/**
 * What is known of a container, kept in the workload's annotation `livepods.dev/state`.
 * - rolling: set here, and not decided yet
 * - soaking: it came up, and whether it stays so is watched
 * - done: set here, and it came up
 * - undone: it did not, and the former image is back
 * - followed: somebody else's choice, from which it goes on
 * - held: a person chose an older one, which stays until the tag moves again
 * - contested: another program puts its own image back again and again
 */
const ContainerSchema = Type.Object(
  {
    phase: Type.Union(PHASES.map((phase) => Type.Literal(phase))),
    /** What the container has, as it was left. */
    image,
    /** Before it, for an undo. */
    from: Type.Optional(image),
    /** What somebody else had set before anything was set here. */
    origin: Type.Optional(image),
    at,
    why: Type.String({ maxLength: 500 }),
    /** While it is soaking. */
    until: Type.Optional(at),
    /** The digest that was first seen here at a time, and is not set yet; announced: people were told that it waits for them. */
    seen: Type.Optional(Type.Object({ digest, at, isAnnounced: Type.Optional(Type.Literal(true)) })),
    /** By tag, the digest that failed. */
    bad: Type.Optional(Type.Record(Type.String({ maxLength: 128 }), digest, { maxProperties: MAX_BAD })),
    /** What the tag had when it was held. */
    held: Type.Optional(digest),
    /** When another program put its image back. */
    putBack: Type.Optional(Type.Array(at, { maxItems: 5 })),
    manager: Type.Optional(Type.String({ maxLength: 200 })),
  },
  { additionalProperties: false },
)

/** Why a container has a state of which nothing is known yet but what was seen. */
export const WATCHED = 'It is watched.'

const StateSchema = Type.Record(Type.String(), ContainerSchema)

export type ContainerState = Omit<Static<typeof ContainerSchema>, 'phase'> & { phase: Phase }
export type Phase = (typeof PHASES)[number]
export type State = Record<string, ContainerState>

/** The state that an annotation says, by container; undefined: it says something else, which nobody here wrote. */
export function parseState(text: string | undefined): State | undefined {
  if (text === undefined) return {}
  if (text.length > MAX_BYTES) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return Value.Check(StateSchema, value) ? (value as State) : undefined
  } catch {
    return undefined
  }
}

export function formatState(state: State): string {
  return JSON.stringify(state)
}
