import { type ImageRoots, isUpload, removeUpload } from '@livepods/images'

/** The files that came in through us. */
export class Uploads {
  readonly #roots: ImageRoots

  constructor(roots: ImageRoots) {
    this.#roots = roots
  }

  /** Removes the file of an upload; every other picture belongs to someone else and stays. */
  async remove(path: string): Promise<void> {
    if (isUpload(path)) await removeUpload(this.#roots, path)
  }
}
