import { readFile } from 'node:fs/promises'
import type { PhotoOperation } from '@livepods/chaos/faces/evidence'
import { kubectl } from './kubectl.ts'
import type { LossAudit } from './loss-audit.ts'
import type { MessageAudit } from './message-audit.ts'

/** What load.mjs met. */
export interface Met {
  accepted: number
  pages: number
  /** Those that a relay has stored: 1 to this number of the stream with the load's name. */
  messages: number
  toldToWait: number
  failures: Record<string, number>
  longestWaitMs: number
  unfinished: number
  /** Of every photo that was sent. */
  operations: PhotoOperation[]
}

/** What viewers.mjs met. */
export interface Watched {
  segments: number
  /** Segments that were gone before a viewer got them, and answers 404. */
  missed: number
  absent: number
  /** Requests that were sent again. */
  failures: number
  longestWaitMs: number
}

interface ClientOptions {
  token: string
  audit: LossAudit
  messages: MessageAudit
}

const POD = 'client'
const NODE_POD = 'client-of-node'
const ENCODER_POD = 'encoder'

/** A pod outside of the suite's namespace, as anybody's in the cluster: only the public listeners are open to it; and one in its node's network. */
export class ClientPod {
  readonly #namespace = 'livepods-client'
  readonly #token: string
  readonly #audit: LossAudit
  readonly #messages: MessageAudit
  #loads = 0

  static async start({ image, ...options }: ClientOptions & { image: string }): Promise<ClientPod> {
    const client = new ClientPod(options)
    await kubectl(['apply', '-f', '-'], { input: JSON.stringify(client.#manifests(image)) })
    await kubectl(['-n', client.#namespace, 'wait', '--for=condition=Ready', 'pod', '--all', '--timeout=120s'])
    return client
  }

  private constructor({ token, audit, messages }: ClientOptions) {
    this.#token = token
    this.#audit = audit
    this.#messages = messages
  }

  /** Address of a node that can be asked. */
  async nodeAddress(): Promise<string> {
    return await this.#hostOf(POD)
  }

  /** Runs a script in the pod; resolves with what it prints. */
  async run(script: string, ...args: string[]): Promise<string> {
    return await this.#runIn(POD, script, args)
  }

  /** Runs a script in the network of a node, as a client that is no pod; resolves with what it prints, and the node's address. */
  async runOnNode(script: string, ...args: string[]): Promise<{ said: string; node: string }> {
    return { said: await this.#runIn(NODE_POD, script, args), node: await this.#hostOf(NODE_POD) }
  }

  /** Clients at work while `work` is, and what they met until every photo of theirs was final. Nothing may be lost or left, say the audits. */
  async underLoad(work: () => Promise<unknown>): Promise<Met> {
    await this.#exec('rm', '-f', '/tmp/stop')
    const name = `load-${process.pid}-${this.#loads++}`
    const script = await readFile(new URL('load.mjs', import.meta.url), 'utf8')
    const urls = ['http://receiver.livepods:8000', 'http://frontend.livepods:8081', 'http://relay-svc.livepods']
    const load = this.run(script, ...urls, this.#token, name)
    // Where the work fails, nobody asks what the load met.
    load.catch(() => {})
    try {
      await work()
    } finally {
      await this.#exec('touch', '/tmp/stop')
    }
    const met = JSON.parse(await load) as Met
    const { operations, ...counts } = met
    if (met.accepted === 0 || met.messages === 0) throw new Error('No photo, or no message, was accepted.')
    if (Object.keys(met.failures).length + met.unfinished > 0) throw new Error(JSON.stringify(counts))
    await this.#audit.hold(name, operations)
    await this.#messages.hold(name, met.messages)
    return met
  }

  /** So many viewers of a stream while `work` is, and what they met. @param stream http://host:port/app/key */
  async underViewers(stream: string, count: number, work: () => Promise<unknown>): Promise<Watched> {
    const stop = '/tmp/stop-watching'
    await this.#exec('rm', '-f', stop)
    const script = await readFile(new URL('viewers.mjs', import.meta.url), 'utf8')
    const watching = this.run(script, stream, this.#token, `${count}`)
    // Where the work fails, nobody asks what they met.
    watching.catch(() => {})
    try {
      await work()
    } finally {
      await this.#exec('touch', stop)
    }
    return JSON.parse(await watching) as Watched
  }

  /** Colour bars, small ones, that a pod beside it publishes at an address. */
  async publish({ image, url }: { image: string; url: string }): Promise<void> {
    const env = Object.entries({ RTMP_URL: url, PICTURE_SIZE: '320x180', VIDEO_KBIT_PER_SECOND: '300' })
    const container = { ...containerOf('colorbar', image), env: env.map(([name, value]) => ({ name, value })) }
    const pod = this.#pod(ENCODER_POD, { containers: [container] })
    await kubectl(['apply', '-f', '-'], { input: JSON.stringify(pod) })
    await kubectl(['-n', this.#namespace, 'wait', '--for=condition=Ready', `pod/${ENCODER_POD}`, '--timeout=300s'])
  }

  async endPublishing(): Promise<void> {
    await kubectl(['-n', this.#namespace, 'delete', 'pod', ENCODER_POD, '--ignore-not-found'])
  }

  async remove(): Promise<void> {
    await kubectl(['delete', 'namespace', this.#namespace, '--wait=false', '--ignore-not-found'])
  }

  async #hostOf(pod: string): Promise<string> {
    return await kubectl(['-n', this.#namespace, 'get', 'pod', pod, '-o', 'jsonpath={.status.hostIP}'])
  }

  async #runIn(pod: string, script: string, args: string[]): Promise<string> {
    const command = ['node', '--input-type=module', '-', ...args]
    return await kubectl(['-n', this.#namespace, 'exec', '-i', pod, '--', ...command], { input: script })
  }

  async #exec(...command: string[]): Promise<void> {
    await kubectl(['-n', this.#namespace, 'exec', POD, '--', ...command])
  }

  #manifests(image: string): object {
    const command = ['node', '-e', 'setInterval(() => {}, 1e6)']
    const containers = [{ ...containerOf('client', image), command }]
    const items = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.#namespace } },
      this.#pod(POD, { containers }),
      this.#pod(NODE_POD, { containers, hostNetwork: true }),
    ]
    return { apiVersion: 'v1', kind: 'List', items }
  }

  #pod(name: string, fields: object): object {
    return {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: this.#namespace } },
      spec: {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 1,
        securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
        ...fields,
      },
    }
  }
}

function containerOf(name: string, image: string): object {
  return {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  }
}
