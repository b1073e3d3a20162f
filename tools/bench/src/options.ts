import { UsageError } from '@livepods/service'
import type { Bench, Suite } from './suite.ts'

/** What the arguments after the name of a suite say. Throws UsageError. */
export function readOptions(args: readonly string[], suite: Suite): Omit<Bench, 'progress' | 'signal'> {
  const { parts, option } = suite
  const options: ReturnType<typeof readOptions> = { size: 'full', parts }
  const rest = [...args]
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--quick') options.size = 'quick'
    else if (arg === '--only') options.parts = someOf(parts, rest.shift() ?? '')
    else if (arg === '--rounds') options.rounds = positive(rest.shift())
    else if (arg === option?.name)
      options.option = rest[0]?.startsWith('--') === false ? rest.shift() : option.otherwise
    else throw new UsageError(`"${arg}" is not an option of this benchmark: ${optionsOf(suite)}`)
  }
  return options
}

/** The options of a suite, for its usage. */
export function optionsOf({ parts, option }: Suite): string {
  const ofItsOwn = option ? ` [${option.name} [${option.value}]]` : ''
  return `[--quick]${ofItsOwn} [--rounds N] [--only PART,…]   (parts: ${parts.join(' ')})`
}

function someOf(parts: readonly string[], list: string): string[] {
  const wanted = list.split(',')
  const unknown = wanted.find((name) => !parts.includes(name))
  if (unknown !== undefined) throw new UsageError(`"${unknown}" is not a part of this benchmark: ${parts.join(', ')}.`)
  return parts.filter((part) => wanted.includes(part))
}

function positive(text: string | undefined): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new UsageError(`--rounds needs a number from 1, not "${text}".`)
  return number
}
