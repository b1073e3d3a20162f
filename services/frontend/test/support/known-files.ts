import { createHash } from 'node:crypto'
import { ProblemError } from '@livepods/http'
import type { FoundFaces, Gallery, KnownImage, Skipped } from '../../src/people/face-service.ts'
import type { KnownState } from '../../src/people/known-state.ts'
import type { FaceDoor } from './frontend.ts'

/** A face service whose known people are a map: one face on every picture, but for those whose bytes say how many. */
export class KnownFiles implements FaceDoor {
  readonly files = new Map<string, Buffer>()
  /** What is wrong with the place of the known people. */
  store: KnownState | undefined
  skipped: Skipped = { files: [], total: 0 }
  /** Happens before each change; what it throws, the change throws. */
  before: (step: string) => void = () => {}

  async add(bytes: Buffer, person: string, name: string): Promise<KnownImage> {
    this.before('add')
    if (bytes.toString() === 'no picture') throw new ProblemError(422, 'This is no picture.')
    for (const [imageName, other] of this.files)
      if (imageName.startsWith(`${person}/`) && other.equals(bytes)) return this.#image(imageName)
    const stem = name.replace(/\.\w+$/, '') || digest(bytes).slice(0, 8)
    const wanted = [`${person}/${stem}.jpg`, `${person}/${stem}-${digest(bytes).slice(0, 16)}.jpg`]
    const imageName = wanted.find((one) => !this.files.has(one)) ?? ''
    this.files.set(imageName, bytes)
    return this.#image(imageName)
  }

  async remove(imageName: string): Promise<void> {
    this.before('remove')
    this.files.delete(imageName)
  }

  async move(imageName: string, person: string, content = ''): Promise<KnownImage | undefined> {
    this.before('move')
    const bytes = this.files.get(imageName)
    // A move before this one, whose answer was lost.
    if (!bytes) return (await this.list(person)).find((image) => image.content === content)
    this.files.delete(imageName)
    return await this.add(bytes, person, imageName.slice(imageName.indexOf('/') + 1))
  }

  /** By the key of their person. */
  readonly deleted = new Map<string, Map<string, Buffer>>()

  async deletePerson(person: string, names: string[]): Promise<void> {
    this.before('deletePerson')
    const aside = this.deleted.get(person) ?? new Map<string, Buffer>()
    for (const name of names) {
      const bytes = this.files.get(name)
      if (bytes) aside.set(name, bytes)
      this.files.delete(name)
    }
    this.deleted.set(person, aside)
  }

  async undeletePerson(person: string): Promise<KnownImage[]> {
    this.before('undeletePerson')
    const aside = this.deleted.get(person) ?? new Map<string, Buffer>()
    this.deleted.delete(person)
    for (const [name, bytes] of aside) this.files.set(name, bytes)
    return [...aside.keys()].map((name) => this.#image(name))
  }

  async purgePerson(person: string): Promise<void> {
    this.before('purgePerson')
    this.deleted.delete(person)
  }

  async list(person = ''): Promise<KnownImage[]> {
    this.before('list')
    const names = [...this.files.keys()].sort()
    return names.filter((name) => person === '' || name.startsWith(`${person}/`)).map((name) => this.#image(name))
  }

  async listing(): Promise<{ images: KnownImage[]; isWhole: boolean }> {
    return { images: await this.list(), isWhole: this.store === undefined }
  }

  async state(): Promise<KnownState | undefined> {
    return this.store
  }

  async confirmGone(loss: string): Promise<boolean> {
    if (this.store && this.store.loss !== loss) throw new ProblemError(409, 'Others are missing now.')
    const isHeld = this.store !== undefined
    this.store = undefined
    return isHeld
  }

  async count(): Promise<number> {
    this.before('count')
    return 1
  }

  /** What `describe` finds on bytes and at paths; absent: nothing. */
  found: (picture: { content: Buffer } | { path: string }) => FoundFaces['faces'] = () => []
  engine = 'test'

  async describe(picture: { content: Buffer } | { path: string }): Promise<FoundFaces> {
    this.before('describe')
    return { engine: this.engine, wasRead: true, faces: this.found(picture) }
  }

  async gallery(): Promise<Gallery> {
    const hash = digest(Buffer.from([...this.files].map(([name, bytes]) => `${name} ${digest(bytes)}`).join()))
    return { hash, skipped: this.skipped }
  }

  #image(imageName: string): KnownImage {
    const bytes = this.files.get(imageName) ?? Buffer.alloc(0)
    const several = bytes.toString().startsWith('two faces')
    return {
      imageName,
      person: imageName.slice(0, imageName.indexOf('/')),
      content: digest(bytes),
      faces: several ? 2 : 1,
      warning: several ? 'There are 2 faces on it; the largest counts.' : undefined,
    }
  }
}

const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
