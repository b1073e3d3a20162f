import { AnnotationError } from './errors.ts'

/** Whether a person has to say yes to this digest first, and has not. Throws AnnotationError. */
export function lacksApproval({ approval, approved }: Record<string, string>, digest: string): boolean {
  if (approval === undefined) return false
  if (approval !== 'required') throw new AnnotationError(`The approval "${approval.slice(0, 50)}" is not "required".`)
  return !(approved ?? '').split(',').some((one) => one.trim() === digest)
}
