import { eventually } from '@livepods/testing'
import { type Deployed, expect } from './deployed.ts'
import { kubectl } from './kubectl.ts'
import { PortForward } from './port-forward.ts'

interface Stream {
  name: string
  last: number | null
  missing: number
  conflicts: number
}

/** What the sinks say of messages: their report, and their logs. */
export class MessageAudit {
  readonly #deployed: Deployed
  readonly #token: string

  constructor({ deployed, token }: { deployed: Deployed; token: string }) {
    this.#deployed = deployed
    this.#token = token
  }

  /**
   * Resolves when messages 1 to `count` of a stream are taken, in order, and each stands in one log once, and no other stream lacks a
   * message; rejects when that is not so within two minutes.
   */
  async hold(stream: string, count: number): Promise<void> {
    const within = { withinMs: 120_000, everyMs: 1000 }
    await eventually(async () => {
      const streams = await this.#streams()
      const last = streams.find(({ name }) => name === stream)?.last ?? 0
      expect(last === count, `${count} messages of ${stream} were sent, and ${last} taken`)
      const wrong = streams.filter(({ missing, conflicts }) => missing + conflicts > 0)
      expect(wrong.length === 0, JSON.stringify(wrong))
    }, within)
    await eventually(async () => {
      const lines = (await this.logs('sink')).join('').split('\n')
      const logged = lines.flatMap((line) => line.split(` : ${stream} says `)[1] ?? [])
      const lost = count - new Set(logged).size
      expect(logged.length === count && lost === 0, `lost ${lost}, twice ${logged.length - count + lost}`)
    }, within)
  }

  /** The text logs of all relays, or sinks. */
  async logs(role: 'relay' | 'sink'): Promise<string[]> {
    const kind = role === 'relay' ? 'Relay' : 'Sink'
    const pods = await this.#deployed.pods(`app=3-level-demo,role=${role}`)
    return await Promise.all(
      pods.map(async ({ metadata: { name } }) => {
        const file = `/var/local/container/${kind}_${name}.txt`
        return `${await kubectl(['-n', 'livepods', 'exec', name, '-c', role, '--', 'cat', file])}\n`
      }),
    )
  }

  async #streams(): Promise<Stream[]> {
    await using sink = await PortForward.open('sink-svc', 80)
    const response = await fetch(`${sink.url}/v1/report`, {
      headers: { authorization: `Bearer ${this.#token}` },
      signal: AbortSignal.timeout(10_000),
    })
    expect(response.ok, `the sink answers ${response.status}`)
    return ((await response.json()) as { streams: Stream[] }).streams
  }
}
