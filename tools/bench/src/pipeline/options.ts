import { UsageError } from '@livepods/service'

/** What is measured, in this order. */
export const PARTS = ['accept', 'throughput', 'latency', 'sweep', 'overload'] as const

export type Part = (typeof PARTS)[number]

export interface PipelineOptions {
  parts: readonly Part[]
  /** Rounds that count, instead of each part's own number. */
  rounds: number | undefined
}

export const USAGE = `[--only PART,…] [--rounds N]   (parts: ${PARTS.join(' ')})`

/** Throws UsageError. */
export function readOptions(args: readonly string[]): PipelineOptions {
  const options: PipelineOptions = { parts: PARTS, rounds: undefined }
  const rest = [...args]
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--only') options.parts = partsOf(rest.shift() ?? '')
    else if (arg === '--rounds') options.rounds = positive(rest.shift())
    else throw new UsageError(`"${arg}" is not an option of this benchmark: ${USAGE}`)
  }
  return options
}

function partsOf(list: string): Part[] {
  const wanted = list.split(',')
  const unknown = wanted.find((name) => !PARTS.some((part) => part === name))
  if (unknown !== undefined) throw new UsageError(`"${unknown}" is not a part of this benchmark: ${PARTS.join(', ')}.`)
  return PARTS.filter((part) => wanted.includes(part))
}

function positive(text: string | undefined): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new UsageError(`--rounds needs a number from 1, not "${text}".`)
  return number
}
