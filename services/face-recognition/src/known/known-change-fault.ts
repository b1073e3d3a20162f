/** The place of the known people does not let it happen: read-only, full, in the way. `message` is a sentence for the client. */
export class ChangeImpossible extends Error {
  override readonly name: string = 'ChangeImpossible'
}

/** There is no such image any more. */
export class ImageGone extends ChangeImpossible {
  override readonly name = 'ImageGone'
}
