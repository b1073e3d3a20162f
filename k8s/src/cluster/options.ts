import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { UsageError } from '@livepods/service'
import { root } from '../render.ts'

export interface Options {
  /** Leaves out all but: apply, photos, the colour bars, messages, one roll, down. */
  smoke: boolean
  /** The kustomization of a version to upgrade to. */
  next: string | undefined
  /** Nothing but this group, with what k8s/lab has for it. */
  only: Group | undefined
  /** The kustomization to apply. */
  folder: string
}

export const GROUPS = ['delivery', 'compute'] as const
export type Group = (typeof GROUPS)[number]

export const USAGE = `k8s/test.sh [--smoke] [--next FOLDER] [FOLDER]
k8s/test.sh --only delivery|compute

Tries the suite on the cluster of KUBECONFIG, where it must not be yet, and removes it again. FOLDER is the kustomization to apply, without it
k8s itself.

  --smoke         only: apply, photos, the colour bars, messages, one roll, down
  --next FOLDER   the kustomization of a version to upgrade to under load
  --only GROUP    only what k8s/lab has for it: a registry, or a project, on the first node of lab.sh, and workloads that use it
  -h, --help

Ends with 0 when every check passed, 1 when one failed, 64 when the command is wrong or the cluster cannot be used.
`

/** What the arguments say. Throws UsageError. */
export function readOptions(args: string[]): Options | 'help' {
  const { values, positionals } = parse(args)
  if (values.help) return 'help'
  const [folder = fileURLToPath(root), ...rest] = positionals
  if (rest.length > 0) throw new UsageError(`There is one FOLDER to apply, not also ${rest.join(', ')}.\n\n${USAGE}`)
  const { smoke, next, only } = values
  if (only !== undefined && !GROUPS.includes(only as Group))
    throw new UsageError(`--only is one of ${GROUPS.join(', ')}, not ${only}.\n\n${USAGE}`)
  return { smoke, next, only: only as Group | undefined, folder }
}

function parse(args: string[]) {
  const flag = { type: 'boolean', default: false } as const
  const options = {
    help: { ...flag, short: 'h' },
    smoke: flag,
    next: { type: 'string' },
    only: { type: 'string' },
  } as const
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`, { cause: error })
  }
}
