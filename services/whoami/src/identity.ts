import { hostname, networkInterfaces } from 'node:os'

interface Config {
  WHOAMI_NAME?: string | undefined
  NODE_NAME?: string | undefined
  POD_NAME?: string | undefined
  POD_NAMESPACE?: string | undefined
  POD_ZONE?: string | undefined
}

/** Interfaces rarely change, and to list them takes longer than an answer. */
const IPS_MS = 1000

/** Who answers. */
export class Identity {
  readonly name: string | undefined
  readonly hostname = hostname()
  readonly node: string | undefined
  readonly pod: string | undefined
  readonly namespace: string | undefined
  readonly zone: string | undefined
  #ips: string[] = []
  #readAt = Number.NEGATIVE_INFINITY

  constructor({ WHOAMI_NAME, NODE_NAME, POD_NAME, POD_NAMESPACE, POD_ZONE }: Config) {
    this.name = WHOAMI_NAME
    this.node = NODE_NAME
    this.pod = POD_NAME
    this.namespace = POD_NAMESPACE
    this.zone = POD_ZONE
  }

  /** The addresses of all interfaces. */
  get ips(): string[] {
    if (performance.now() - this.#readAt > IPS_MS) {
      this.#readAt = performance.now()
      this.#ips = Object.values(networkInterfaces()).flatMap((addresses) =>
        (addresses ?? []).map(({ address }) => address),
      )
    }
    return this.#ips
  }
}
