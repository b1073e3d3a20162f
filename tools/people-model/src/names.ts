/** Of what a row is. */
export type Kind = 'person' | 'group' | 'change'

/** Which row each key of the model is. */
export class Names {
  readonly #ids = new Map<string, string>()
  readonly #keys = new Map<string, string>()

  copy(): Names {
    const copy = new Names()
    for (const [key, id] of this.#ids) copy.#ids.set(key, id)
    for (const [id, key] of this.#keys) copy.#keys.set(id, key)
    return copy
  }

  bind(kind: Kind, key: string, id: string): void {
    this.#ids.set(`${kind} ${key}`, id)
    this.#keys.set(`${kind} ${id}`, key)
  }

  id(kind: Kind, key: string): string | undefined {
    return this.#ids.get(`${kind} ${key}`)
  }

  key(kind: Kind, id: string): string | undefined {
    return this.#keys.get(`${kind} ${id}`)
  }
}
