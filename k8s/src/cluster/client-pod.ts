import { readFile } from 'node:fs/promises'
import type { PhotoOperation } from '@livepods/chaos/faces/evidence'
import { kubectl } from './kubectl.ts'
import type { LossAudit } from './loss-audit.ts'

/** What load.mjs met. */
export interface Met {
  accepted: number
  pages: number
  toldToWait: number
  failures: Record<string, number>
  longestWaitMs: number
  unfinished: number
  /** Of every photo that was sent. */
  operations: PhotoOperation[]
}

/** A pod outside of the suite's namespace, as anybody's in the cluster: only the public listeners are open to it. */
export class ClientPod {
  readonly #namespace = 'livepods-client'
  readonly #token: string
  readonly #audit: LossAudit
  #loads = 0

  static async start({ image, ...options }: { image: string; token: string; audit: LossAudit }): Promise<ClientPod> {
    const client = new ClientPod(options)
    await kubectl(['apply', '-f', '-'], { input: JSON.stringify(client.#manifests(image)) })
    await kubectl(['-n', client.#namespace, 'wait', '--for=condition=Ready', 'pod/client', '--timeout=120s'])
    return client
  }

  private constructor({ token, audit }: { token: string; audit: LossAudit }) {
    this.#token = token
    this.#audit = audit
  }

  /** Address of the node that it runs on. */
  async nodeAddress(): Promise<string> {
    return await kubectl(['-n', this.#namespace, 'get', 'pod', 'client', '-o', 'jsonpath={.status.hostIP}'])
  }

  /** Runs a script in the pod; resolves with what it prints. */
  async run(script: string, ...args: string[]): Promise<string> {
    const command = ['node', '--input-type=module', '-', ...args]
    return await kubectl(['-n', this.#namespace, 'exec', '-i', 'client', '--', ...command], { input: script })
  }

  /** Clients at work while `work` is, and what they met until every photo of theirs was final. Nothing may be lost or left, says the audit. */
  async underLoad(work: () => Promise<unknown>): Promise<Met> {
    await this.#exec('rm', '-f', '/tmp/stop')
    const name = `load-${process.pid}-${this.#loads++}`
    const script = await readFile(new URL('load.mjs', import.meta.url), 'utf8')
    const load = this.run(script, 'http://receiver.livepods:8000', 'http://frontend.livepods:8081', this.#token, name)
    try {
      await work()
    } finally {
      await this.#exec('touch', '/tmp/stop')
    }
    const met = JSON.parse(await load) as Met
    const { operations, ...counts } = met
    if (met.accepted === 0) throw new Error('No photo was accepted.')
    if (Object.keys(met.failures).length + met.unfinished > 0) throw new Error(JSON.stringify(counts))
    await this.#audit.hold(name, operations)
    return met
  }

  async remove(): Promise<void> {
    await kubectl(['delete', 'namespace', this.#namespace, '--wait=false', '--ignore-not-found'])
  }

  async #exec(...command: string[]): Promise<void> {
    await kubectl(['-n', this.#namespace, 'exec', 'client', '--', ...command])
  }

  #manifests(image: string): object {
    const metadata = { name: 'client', namespace: this.#namespace }
    const container = {
      name: 'client',
      image,
      imagePullPolicy: 'IfNotPresent',
      command: ['node', '-e', 'setInterval(() => {}, 1e6)'],
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    }
    const securityContext = { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } }
    const spec = {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext,
      containers: [container],
    }
    const items = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.#namespace } },
      { apiVersion: 'v1', kind: 'Pod', metadata, spec },
    ]
    return { apiVersion: 'v1', kind: 'List', items }
  }
}
