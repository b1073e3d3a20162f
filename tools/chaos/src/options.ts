import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { UsageError } from '@livepods/service'
import { isMutation, MUTATIONS, type MutationName } from './mutation.ts'
import { PROFILES, type ProfileName } from './profile.ts'

const DIRECTORY = fileURLToPath(new URL('../../../.livepods/chaos', import.meta.url))
const LARGEST_SEED = 2 ** 32 - 1

export const USAGE = `pnpm chaos [--profile ${Object.keys(PROFILES).join('|')}] [--seed N] [--minutes N] [--break ${Object.keys(MUTATIONS).join('|')}] [--directory DIR]

  --profile NAME   smoke: 40 s with a fixed seed; default: 5 minutes of storm; soak: 8 hours;
                   parts: each part dies, hangs and is cut off once, alone, in 13 minutes;
                   store: the pictures are away, late, wrong, and the known people gone, in half a minute
  --seed N         the same storm again (0 to ${LARGEST_SEED}); random unless given
  --minutes N      another length of the storm
  --break NAME     put a mistake into one service, which the audit must find: it exits 1. The situations in which that
                   mistake does harm are made first, and nothing else happens unless --profile or --minutes ask for it
  --directory DIR  where the report and everything else goes instead of .livepods/chaos/<seed>

Its own copy of the suite runs meanwhile, on free ports, with the page; needs a MariaDB or MySQL server on the machine.
Exit code 0: every invariant holds; 1: one does not; 64: an option is wrong.`

export interface Options {
  profile: ProfileName
  seed: number
  /** Length of the storm where it is not the profile's. */
  seconds: number | undefined
  mutation: MutationName | undefined
  /** Only the situations that are made for the mutation, because no storm was asked for. */
  targeted: boolean
  directory: string
}

/** The options of the command line. Throws UsageError. */
export function readOptions(args: string[]): Options | 'help' {
  const values = parse(args.filter((arg) => arg !== '--'))
  if (values.help) return 'help'
  const profile = values.profile ?? (values.break === undefined ? 'default' : 'smoke')
  if (!isProfile(profile)) throw wrong('--profile', profile, `one of ${Object.keys(PROFILES).join(', ')}`)
  const mutation = values.break
  if (mutation !== undefined && !isMutation(mutation))
    throw wrong('--break', mutation, `one of ${Object.keys(MUTATIONS).join(', ')}`)
  const seed = number('--seed', values.seed, LARGEST_SEED) ?? seedOf(profile)
  if (!Number.isInteger(seed)) throw wrong('--seed', `${seed}`, 'a whole number')
  const minutes = number('--minutes', values.minutes, 7 * 24 * 60)
  if (minutes === 0) throw wrong('--minutes', '0', 'more than 0')
  const seconds = minutes === undefined ? undefined : minutes * 60
  const targeted = mutation !== undefined && values.profile === undefined && seconds === undefined
  return { profile, seed, seconds, mutation, targeted, directory: values.directory ?? join(DIRECTORY, `${seed}`) }
}

function parse(args: string[]) {
  const text = { type: 'string' } as const
  const options = {
    profile: text,
    seed: text,
    minutes: text,
    break: text,
    directory: text,
    help: { type: 'boolean', short: 'h', default: false },
  } as const
  try {
    return parseArgs({ args, options }).values
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`, { cause: error })
  }
}

function seedOf(profile: ProfileName): number {
  return ('seed' in PROFILES[profile] && PROFILES[profile].seed) || Math.floor(Math.random() * 1_000_000)
}

function number(option: string, text: string | undefined, largest: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || value > largest) throw wrong(option, text, `a number from 0 to ${largest}`)
  return value
}

function isProfile(name: string): name is ProfileName {
  return Object.hasOwn(PROFILES, name)
}

function wrong(option: string, given: string, allowed: string): UsageError {
  return new UsageError(`${option} is "${given}", but must be ${allowed}.`)
}
