/** An annotation does not say what it should; the message names it. */
export class AnnotationError extends Error {
  override readonly name = 'AnnotationError'
  readonly code = 'BAD_ANNOTATION'
}
