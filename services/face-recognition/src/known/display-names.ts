import type { SetDisplayNamesRequest__Output } from '@livepods/protos'

/** What people are called, as it was last said; nobody's name is kept longer than that, or on disk. */
export class DisplayNames {
  #people: ReadonlyMap<string, string> = new Map()
  #images: ReadonlyMap<string, string> = new Map()
  /** Empty before anything was said. */
  version = ''

  set({ version, people, images }: SetDisplayNamesRequest__Output): void {
    this.#people = new Map(people.map(({ person, displayName }) => [person, displayName]))
    this.#images = new Map(images.map(({ imageName, displayName }) => [imageName, displayName]))
    this.version = version
  }

  /** The match with the name of its person: of the image's, else of the key's, else the key itself. */
  named<M extends { person: string; imageName: string }>(match: M): M & { displayName: string } {
    const { person, imageName } = match
    return { ...match, displayName: this.#images.get(imageName) ?? this.#people.get(person) ?? person }
  }
}
