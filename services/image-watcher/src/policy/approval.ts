import { AnnotationError } from './errors.ts'

/** More than these are not kept: an older one is for a digest that has long been passed over. */
const KEPT = 10

/** Whether a person has to say yes to this digest first, and has not. Throws AnnotationError. */
export function lacksApproval({ approval, approved }: Record<string, string>, digest: string): boolean {
  if (approval === undefined) return false
  if (approval !== 'required') throw new AnnotationError(`The approval "${approval.slice(0, 50)}" is not "required".`)
  return !listOf(approved).includes(digest)
}

/** The annotation `approved` with one digest more. */
export function approvedWith({ approved }: Record<string, string>, digest: string): string {
  return [...listOf(approved).filter((one) => one !== digest), digest].slice(-KEPT).join()
}

function listOf(approved = ''): string[] {
  return approved.split(',').flatMap((one) => one.trim() || [])
}
