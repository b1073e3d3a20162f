import type { Database } from '@livepods/sql'

/** Generations: the numbers of galleries (table `galleries`). */
export class GalleryStore {
  readonly #database: Database
  #last: { hash: string; generation: number } | undefined

  constructor(database: Database) {
    this.#database = database
  }

  /** The generation of a gallery's hash, assigned at first use; 0 for a server without a gallery. */
  async generation(hash: string): Promise<number> {
    if (hash === '') return 0
    if (hash === this.#last?.hash) return this.#last.generation
    const generation = (await this.#read(hash)) ?? (await this.#add(hash))
    this.#last = { hash, generation }
    return generation
  }

  async #add(hash: string): Promise<number> {
    await this.#database.change(
      'INSERT INTO galleries (hash) VALUES (?) ON DUPLICATE KEY UPDATE generation = generation',
      [hash],
    )
    return (await this.#read(hash)) ?? 0
  }

  async #read(hash: string): Promise<number | undefined> {
    const [row] = await this.#database.rows<{ generation: number }>('SELECT generation FROM galleries WHERE hash = ?', [
      hash,
    ])
    return row?.generation
  }
}
