import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CertificateFiles, freePort } from '@livepods/system'
import { eventually } from './eventually.ts'

const KEYS = { S3_ACCESS_KEY_ID: 'livepods-test', S3_SECRET_ACCESS_KEY: 'livepods-test-secret' }

/** Path of the program versitygw, or undefined: then tests of S3 are skipped, and say so. */
export const S3_TEST_SERVER: string | undefined = process.env.S3_TEST_SERVER || undefined

export interface S3ServerOptions {
  /** Buckets may keep versions (PutBucketVersioning says whether one does). */
  versions?: boolean
  /** Of the host names of buckets, `photos.<domain>:<port>`. */
  domain?: string
  /** PEM files, with which it speaks TLS only. */
  certificate?: CertificateFiles
}

/** A real S3 server (versitygw) with an empty bucket `photos`, its objects in a folder of its own. */
export class S3Server implements AsyncDisposable {
  readonly port: number
  /** Where its objects lie, each as a file. */
  readonly folder: string
  readonly #scheme: string
  readonly #stack: AsyncDisposableStack

  static async start(
    program: string,
    { versions = false, domain, certificate }: S3ServerOptions = {},
  ): Promise<S3Server> {
    const stack = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'livepods-s3-'))
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    await mkdir(join(folder, 'objects', 'photos'), { recursive: true })
    const port = await freePort()
    await mkdir(join(folder, 'versions'))
    const hosts = domain === undefined ? [] : ['--virtual-domain', `${domain}:${port}`]
    const tls = certificate ? ['--cert', certificate.cert, '--key', certificate.key] : []
    const kept = versions ? ['--versioning-dir', join(folder, 'versions')] : []
    const server = ['--quiet', '--port', `127.0.0.1:${port}`, ...hosts, ...tls]
    const child = spawn(program, [...server, 'posix', ...kept, join(folder, 'objects')], {
      cwd: folder,
      env: { ROOT_ACCESS_KEY: KEYS.S3_ACCESS_KEY_ID, ROOT_SECRET_KEY: KEYS.S3_SECRET_ACCESS_KEY },
      stdio: 'ignore',
    })
    stack.defer(async () => {
      const closed = child.exitCode === null && child.signalCode === null ? once(child, 'close') : undefined
      child.kill('SIGKILL')
      await closed
    })
    await once(child, 'spawn')
    await eventually(async () => {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect').finally(() => socket.destroy())
    })
    return new S3Server({ port, folder: join(folder, 'objects'), scheme: certificate ? 'https' : 'http' }, stack)
  }

  private constructor(
    { port, folder, scheme }: { port: number; folder: string; scheme: string },
    stack: AsyncDisposableStack,
  ) {
    this.port = port
    this.folder = folder
    this.#scheme = scheme
    this.#stack = stack
  }

  /** For a service, or for openStore: the bucket, with a prefix that no other test has. */
  environment(prefix: string, { port = this.port } = {}) {
    return { IMAGE_STORE: `s3://photos/${prefix}`, S3_ENDPOINT: `${this.#scheme}://127.0.0.1:${port}`, ...KEYS }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}
