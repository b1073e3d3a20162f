import type { Log } from '@livepods/service'
import { BadRequestError } from './bad-request-error.ts'
import type { Exchange } from './exchange.ts'

const MAX_BYTES = 1024

/** `/health`: answers the status that a POST set last. It is of this process alone, and none of its probes. */
export class HealthRoute {
  readonly #log: Log
  #status = 200

  constructor(log: Log) {
    this.#log = log
  }

  answer = async (exchange: Exchange): Promise<void> => {
    if (exchange.request.method !== 'POST') return exchange.reply(this.#status, {})
    this.#status = statusOf(await exchange.text(MAX_BYTES))
    this.#log.info({ status: this.#status }, 'status of /health changed')
    exchange.reply(200, {})
  }
}

/** A status as JSON. What is no JSON is answered as Go's decoder does. */
function statusOf(text: string): number {
  const json = text.trim()
  if (json === '') throw new BadRequestError('EOF')
  if (!/^[[{"\d\-tfn]/.test(json))
    throw new BadRequestError(`invalid character '${json[0]}' looking for beginning of value`)
  const status = /^\d{3}$/.test(json) ? Number(json) : Number.NaN
  if (!(status >= 200 && status <= 599))
    throw new BadRequestError('The body must be a status from 200 to 599, like 503, and nothing else.')
  return status
}
