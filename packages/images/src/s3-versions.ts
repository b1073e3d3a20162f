import {
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  ListObjectVersionsCommand,
  type Request,
  type S3Requests,
} from './s3-client.ts'
import { statusOf } from './s3-errors.ts'
import { StoreUnavailableError } from './store-errors.ts'

/** A key under which there is never an object. */
const NO_OBJECT = '.livepods-removes-versions'

/** The versions that a bucket keeps of its objects: there a plain DELETE hides the bytes, and leaves them. */
export class S3Versions {
  readonly #requests: S3Requests
  #areKept: boolean | undefined

  constructor(requests: S3Requests) {
    this.#requests = requests
  }

  /**
   * Whether the bucket keeps versions, or did: old ones stay after versioning is suspended. False also where the service does not say it;
   * then the answer to a DELETE tells.
   */
  async areKept(): Promise<boolean> {
    if (this.#areKept !== undefined) return this.#areKept
    try {
      const { Status } = await this.#requests.ask(({ client, bucket, options }) =>
        client.send(new GetBucketVersioningCommand(bucket), options),
      )
      this.#areKept = Status === 'Enabled' || Status === 'Suspended'
      return this.#areKept
    } catch (error) {
      if (isRefused(error as Error)) return false
      throw error
    }
  }

  /**
   * Removes all present versions of a key; a version that is put meanwhile stays. The newest goes last, so that a crash leaves no versions
   * behind an object that seems gone.
   */
  async remove(key: string): Promise<void> {
    this.#areKept = true
    try {
      const ids = await this.#list(key)
      for (const VersionId of ids)
        await this.#requests.ask(({ client, object, options }) =>
          client.send(new DeleteObjectCommand({ ...object(key), VersionId }), options),
        )
      const left = ids.length > 0 ? new Set(await this.#list(key)) : new Set()
      if (!ids.some((id) => left.has(id))) return
    } catch (error) {
      throw isRefused(error as Error) ? new StoreUnavailableError(this.#sentence(), { cause: error }) : error
    }
    throw new StoreUnavailableError(this.#sentence())
  }

  /** A sentence when versions are kept and may not be removed by us, found out without removing anything. */
  async removalFault(): Promise<string | undefined> {
    if (!(await this.areKept())) return undefined
    try {
      await this.#list(NO_OBJECT)
      await this.#requests.ask(({ client, object, options }) =>
        client.send(new DeleteObjectCommand({ ...object(NO_OBJECT), VersionId: 'null' }), options),
      )
      return undefined
    } catch (error) {
      if (isRefused(error as Error)) return this.#sentence()
      throw error
    }
  }

  #sentence(): string {
    return `The S3 service keeps old versions in "${this.#requests.bucket}", and does not let us remove them: removed pictures would stay there. Allow s3:ListBucketVersions and s3:DeleteObjectVersion, or take a bucket without versions or locks.`
  }

  /** Ids of the versions and delete markers of a key, the newest last. */
  async #list(key: string): Promise<string[]> {
    const ids: string[] = []
    let latest: string | undefined
    let from: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {}
    while (from) {
      const start: { KeyMarker?: string; VersionIdMarker?: string } = from
      const { page, name } = await this.#requests.ask(async ({ client, object, options }: Request) => {
        const { Key: name, ...bucket } = object(key)
        const input = { ...bucket, ...start, Prefix: name }
        return { name, page: await client.send(new ListObjectVersionsCommand(input), options) }
      })
      if (page.IsTruncated === undefined)
        throw new StoreUnavailableError('The S3 service gave no list of versions. Check S3_ENDPOINT.')
      for (const { Key, VersionId, IsLatest } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]) {
        if (Key !== name || VersionId === undefined) continue
        if (IsLatest) latest = VersionId
        else ids.push(VersionId)
      }
      const { IsTruncated, NextKeyMarker, NextVersionIdMarker } = page
      // Keys that begin with this one come after it.
      from =
        IsTruncated && NextKeyMarker === name
          ? { KeyMarker: NextKeyMarker, ...(NextVersionIdMarker && { VersionIdMarker: NextVersionIdMarker }) }
          : undefined
    }
    return latest === undefined ? ids : [...ids, latest]
  }
}

/** The service answered that it does not support this, or does not permit it. */
function isRefused({ cause }: Error): boolean {
  const status = statusOf(cause ?? {})
  return status !== undefined && [400, 403, 404, 405, 409, 501].includes(status)
}
