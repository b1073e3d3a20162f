import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { UsageError } from '@livepods/service'
import type { Profile } from './profile.ts'
import type { Trial } from './trial.ts'

const DIRECTORY = fileURLToPath(new URL('../../../.livepods/chaos', import.meta.url))
const LARGEST_SEED = 2 ** 32 - 1

export interface Options {
  trial: Trial
  profile: Profile
  seed: number
  /** Length of the storm where it is not the profile's. */
  seconds: number | undefined
  /** The name of one of the trial's. */
  mutation: string | undefined
  /** Only the situations that are made for the mutation, because no storm was asked for. */
  targeted: boolean
  directory: string
}

type Trials = Readonly<Record<string, Trial>>

/** The options of the command line, or what --help says; the first of `trials` is the usual one. Throws UsageError. */
export function readOptions(args: string[], trials: Trials): Options | string {
  const [usual = ''] = Object.keys(trials)
  const { values, positionals } = parse(
    args.filter((arg) => arg !== '--'),
    usage(usual, trials),
  )
  const [name = usual, ...more] = positionals
  const trial = oneOf(trials, 'The trial', name)
  if (more.length > 0) throw new UsageError(`One trial at a time: ${positionals.join(', ')} are ${positionals.length}.`)
  if (values.help) return usage(name, trials)
  const mutation = values.break
  if (mutation !== undefined) oneOf(trial.mutations, '--break', mutation)
  const profile = oneOf(trial.profiles, '--profile', values.profile ?? (mutation === undefined ? 'default' : 'smoke'))
  const seed = number('--seed', values.seed, LARGEST_SEED) ?? profile.seed ?? Math.floor(Math.random() * 1_000_000)
  if (!Number.isInteger(seed)) throw wrong('--seed', `${seed}`, 'a whole number')
  const minutes = number('--minutes', values.minutes, 7 * 24 * 60)
  if (minutes === 0) throw wrong('--minutes', '0', 'more than 0')
  const seconds = minutes === undefined ? undefined : minutes * 60
  const targeted = mutation !== undefined && values.profile === undefined && seconds === undefined
  const directory = values.directory ?? join(DIRECTORY, name === usual ? '' : name, `${seed}`)
  return { trial, profile, seed, seconds, mutation, targeted, directory }
}

function usage(name: string, trials: Trials): string {
  const { profiles, mutations } = trials[name] as Trial
  const titles = Object.entries(profiles).map(([profile, { title }]) => `${profile.padEnd(9)}${title}`)
  return `pnpm chaos [${Object.keys(trials).join('|')}] [--profile ${Object.keys(profiles).join('|')}] [--seed N] [--minutes N] [--break ${Object.keys(mutations).join('|')}] [--directory DIR]

  --profile NAME   ${titles.join('\n                   ')}
  --seed N         the same storm again (0 to ${LARGEST_SEED}); random unless given
  --minutes N      another length of the storm
  --break NAME     put a mistake into one service, which the audit must find: it exits 1. The situations in which that
                   mistake does harm are made first, and nothing else happens unless --profile or --minutes ask for it
  --directory DIR  where the report and everything else goes instead of a folder in .livepods/chaos

Profiles and mistakes are those of ${name}. Its own copy of the system runs meanwhile, on free ports.
Exit code 0: every invariant holds; 1: one does not; 64: an option is wrong.`
}

function parse(args: string[], help: string) {
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
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${help}`, { cause: error })
  }
}

function number(option: string, text: string | undefined, largest: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || value > largest) throw wrong(option, text, `a number from 0 to ${largest}`)
  return value
}

function oneOf<T>(all: Readonly<Record<string, T>>, option: string, name: string): T {
  const found = Object.hasOwn(all, name) ? all[name] : undefined
  if (found === undefined) throw wrong(option, name, `one of ${Object.keys(all).join(', ')}`)
  return found
}

function wrong(option: string, given: string, allowed: string): UsageError {
  return new UsageError(`${option} is "${given}", but must be ${allowed}.`)
}
