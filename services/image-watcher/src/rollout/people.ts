import { MANAGER } from '../cluster/patch.ts'
import type { Manager } from '../cluster/workload.ts'

/** Programs that set what a file says, and set it again. */
const APPLIERS =
  /^(kubectl-client-side-apply|kubectl-replace|argocd|argo-cd|kustomize-controller|helm|flux|terraform|pulumi|fleet|rancher)/i
/** What undoes a rollout for a person is noted under this name. */
const UNDO = /^(kubectl|kubectl-rollout)$/
const CONTEST_WITHIN_MS = 600_000

export function isOurs({ name }: Manager): boolean {
  return name === MANAGER
}

/** Whether a program put an image there by a file, and not a person. */
export function isApplier({ name, operation }: Manager): boolean {
  return operation === 'Apply' || APPLIERS.test(name)
}

/** Whether this is what `kubectl rollout undo` leaves behind: it also brings the annotations of the former time back. */
export function isUndo({ name, operation }: Manager): boolean {
  return operation === 'Update' && UNDO.test(name)
}

/** Whether this is the second time within ten minutes, or more. */
export function isContested(putBack: readonly string[], now: Date): boolean {
  return putBack.filter((at) => now.getTime() - Date.parse(at) <= CONTEST_WITHIN_MS).length >= 2
}
