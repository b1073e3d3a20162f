import { UsageError } from '@livepods/service'

export interface FacesOptions {
  /** The Python that has face_recognition; undefined when it is not asked for. */
  python: string | undefined
  /** Rounds that count, instead of the suite's own number. */
  rounds: number | undefined
}

export const USAGE = '[--python [PATH]] [--rounds N]'

/** Throws UsageError. */
export function readOptions(args: readonly string[]): FacesOptions {
  const options: FacesOptions = { python: undefined, rounds: undefined }
  const rest = [...args]
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--python') options.python = rest[0]?.startsWith('--') === false ? rest.shift() : 'python3'
    else if (arg === '--rounds') options.rounds = positive(rest.shift())
    else throw new UsageError(`"${arg}" is not an option of this benchmark: ${USAGE}`)
  }
  return options
}

function positive(text: string | undefined): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new UsageError(`--rounds needs a number from 1, not "${text}".`)
  return number
}
