import { hash } from 'node:crypto'
import { type Log, PeriodicTask } from '@livepods/service'
import type { Connection } from './connection.ts'
import { ClusterError, isConflict } from './errors.ts'

export interface LeaseOptions {
  connection: Connection
  namespace: string
  name: string
  /** This replica. */
  holder: string
  log: Log
  /** Told whenever it was gained or lost. */
  onChange?: (isHeld: boolean) => void
  termSeconds?: number
  renewMs?: number
}

interface LeaseObject {
  metadata: { name: string; resourceVersion?: string; annotations?: Record<string, string> }
  spec: {
    holderIdentity?: string
    leaseDurationSeconds?: number
    acquireTime?: string
    renewTime?: string
    leaseTransitions?: number
  }
}

/** After an outage it is held again within seconds. */
const RETRY_MS = 1000

const FREEZE = 'livepods.dev/freeze'

/**
 * One replica at a time acts: the one that renewed the Lease last. It counts as held only for the time that nobody else may take it in,
 * by a clock that does not jump; another's runs out when it was not renewed for its term since it was seen here, so no two clocks are compared.
 */
export class Lease implements AsyncDisposable {
  readonly #options: Required<Omit<LeaseOptions, 'onChange'>> & Pick<LeaseOptions, 'onChange'>
  readonly #task: PeriodicTask
  #heldUntilMs = Number.NEGATIVE_INFINITY
  #seen: { mark: string; atMs: number } | undefined
  #wasHeld = false
  #isFailing = false
  #tenure = 0
  #freeze: string | undefined

  constructor({ termSeconds = 15, renewMs = 5000, ...options }: LeaseOptions) {
    this.#options = { termSeconds, renewMs, ...options }
    const { log, name } = options
    const onFailure = (error: unknown) =>
      log.warn({ lease: name, reason: (error as Error).message }, 'lease not renewed')
    const everyMs = () => (this.#isFailing ? Math.min(RETRY_MS, renewMs) : renewMs)
    this.#task = new PeriodicTask(() => this.#renew(), { everyMs, onFailure })
  }

  /** Whether this replica may act now. */
  get isHeld(): boolean {
    return performance.now() < this.#heldUntilMs
  }

  /** Another number each time that it was taken: what was seen in another's tenure, or in none, may be older than what that one did. */
  get tenure(): number {
    return this.#tenure
  }

  /** Why nobody may roll anything out: what somebody wrote into the annotation livepods.dev/freeze of the Lease. */
  get freeze(): string | undefined {
    return this.#freeze
  }

  start(): void {
    this.#task.start()
  }

  /** Tries at once to take or renew it. */
  renewNow(): void {
    this.#task.runNow()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#task.stop()
    if (!this.isHeld) return
    this.#heldUntilMs = Number.NEGATIVE_INFINITY
    // The next one need not wait for the end of the term; where that fails, it does.
    await this.#release().catch(() => {})
  }

  async #renew(): Promise<void> {
    const { termSeconds, holder } = this.#options
    const askedAtMs = performance.now()
    try {
      const lease = await this.#read()
      this.#isFailing = false
      this.#freeze = lease?.metadata.annotations?.[FREEZE] || undefined
      if (lease && lease.spec.holderIdentity !== holder && !this.#isOver(lease)) {
        this.#heldUntilMs = Number.NEGATIVE_INFINITY
        return
      }
      await this.#write(lease, holder)
      if (lease?.spec.holderIdentity !== holder) {
        this.#tenure++
        this.#wasHeld = false
      }
      this.#heldUntilMs = askedAtMs + termSeconds * 1000
    } catch (error) {
      this.#isFailing = true
      // Another replica was faster.
      if (!isConflict(error)) throw error
      this.#heldUntilMs = Number.NEGATIVE_INFINITY
    } finally {
      this.#tell()
    }
  }

  #tell(): void {
    if (this.isHeld === this.#wasHeld) return
    this.#wasHeld = this.isHeld
    const { log, holder, onChange } = this.#options
    log.info({ holder, isHeld: this.isHeld }, this.isHeld ? 'lease gained' : 'lease lost')
    onChange?.(this.isHeld)
  }

  /** Not renewed for its term since it was first seen as it is. */
  #isOver({ spec }: LeaseObject): boolean {
    if (!spec.holderIdentity) return true
    const mark = hash('sha256', JSON.stringify(spec))
    if (this.#seen?.mark !== mark) this.#seen = { mark, atMs: performance.now() }
    return performance.now() > this.#seen.atMs + (spec.leaseDurationSeconds ?? this.#options.termSeconds) * 1000
  }

  async #read(): Promise<LeaseObject | undefined> {
    try {
      return await this.#options.connection.request<LeaseObject>({ path: this.#path })
    } catch (error) {
      if (error instanceof ClusterError && error.status === 404) return undefined
      throw error
    }
  }

  async #write(lease: LeaseObject | undefined, holderIdentity: string): Promise<void> {
    const { connection, name, termSeconds } = this.#options
    // Microseconds, as the API server wants them.
    const now = connection.now().toISOString().replace('Z', '000Z')
    const isOurs = lease?.spec.holderIdentity === holderIdentity
    const spec = {
      ...lease?.spec,
      holderIdentity,
      leaseDurationSeconds: termSeconds,
      renewTime: now,
      acquireTime: isOurs ? (lease?.spec.acquireTime ?? now) : now,
      leaseTransitions: (lease?.spec.leaseTransitions ?? 0) + (isOurs ? 0 : 1),
    }
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: lease?.metadata ?? { name }, spec }
    const path = lease ? this.#path : this.#path.replace(/\/[^/]*$/, '')
    await connection.request({ method: lease ? 'PUT' : 'POST', path, body })
  }

  async #release(): Promise<void> {
    const lease = await this.#read()
    if (lease?.spec.holderIdentity === this.#options.holder) await this.#write(lease, '')
  }

  get #path(): string {
    const { namespace, name } = this.#options
    return `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`
  }
}
