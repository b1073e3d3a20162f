import { type Log, reach } from '@livepods/service'

const ANSWER_WITHIN_MS = 60_000

interface Parts {
  url: string
  token: { headers: Record<string, string> | object }
  log: Log
  signal: AbortSignal
}

/** What the frontend takes: people and photos. */
export class FrontendClient {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Somebody known by one photo; a name that is there already stays as it is. */
  async addPerson(name: string, photo: Buffer): Promise<void> {
    const form = new FormData()
    form.set('name', name)
    form.set('photo', new Blob([Uint8Array.from(photo)], { type: 'image/jpeg' }), `${name}.jpg`)
    await this.#post('/v1/people', { body: form }, [409])
  }

  /** A photo to look at; the same bytes again are the same photo. */
  async sendPhoto(photo: Buffer): Promise<void> {
    await this.#post('/v1/images', { body: Uint8Array.from(photo), headers: { 'content-type': 'image/jpeg' } })
  }

  /** Asks until there is an answer that is not the server's own trouble. */
  async #post(path: string, { body, headers }: Pick<RequestInit, 'body'> & { headers?: object }, fine: number[] = []) {
    const { url, token, log, signal } = this.#parts
    const answer = await reach(
      'frontend',
      async () => {
        const response = await fetch(new URL(path, url), {
          method: 'POST',
          body: body ?? null,
          headers: { ...headers, ...token.headers },
          signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
        })
        const text = await response.text()
        if (response.status >= 500 || response.status === 429) throw new Error(`${response.status}: ${text}`)
        return { status: response.status, ok: response.ok, text }
      },
      { log, signal },
    )
    if (!answer.ok && !fine.includes(answer.status))
      throw new Error(`The frontend answers ${answer.status} to ${path}: ${answer.text}`)
  }
}
