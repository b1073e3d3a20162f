import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { UsageError } from '@livepods/service'
import { root } from '../render.ts'

export interface Options {
  /** Leaves out all but: apply, photos, the colour bars, messages, one roll, down. */
  smoke: boolean
  /** The kustomization of a version to upgrade to. */
  next: string | undefined
  /** The kustomization to apply. */
  folder: string
}

export const USAGE = `k8s/test.sh [--smoke] [--next FOLDER] [FOLDER]

Tries the suite on the cluster of KUBECONFIG, where it must not be yet, and removes it again. FOLDER is the kustomization to apply, without it
k8s itself.

  --smoke         only: apply, photos, the colour bars, messages, one roll, down
  --next FOLDER   the kustomization of a version to upgrade to under load
  -h, --help

Ends with 0 when every check passed, 1 when one failed, 64 when the command is wrong or the cluster cannot be used.
`

/** What the arguments say. Throws UsageError. */
export function readOptions(args: string[]): Options | 'help' {
  const { values, positionals } = parse(args)
  if (values.help) return 'help'
  const [folder = fileURLToPath(root), ...rest] = positionals
  if (rest.length > 0) throw new UsageError(`There is one FOLDER to apply, not also ${rest.join(', ')}.\n\n${USAGE}`)
  const { smoke, next } = values
  return { smoke, next, folder }
}

function parse(args: string[]) {
  const flag = { type: 'boolean', default: false } as const
  const options = { help: { ...flag, short: 'h' }, smoke: flag, next: { type: 'string' } } as const
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`, { cause: error })
  }
}
