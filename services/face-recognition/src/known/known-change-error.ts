/** The place of the known people does not let it happen: read-only, full, in the way. `message` is a sentence for the client. */
export class ChangeImpossibleError extends Error {
  override readonly name: string = 'ChangeImpossibleError'
  readonly code: string = 'CHANGE_IMPOSSIBLE'
}

/** There is no such image any more. */
export class ImageGoneError extends ChangeImpossibleError {
  override readonly name = 'ImageGoneError'
  override readonly code = 'IMAGE_GONE'
}
