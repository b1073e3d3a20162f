import { ClientTls } from '@livepods/service'
import { FolderStore } from './folder-store.ts'
import type { ImageFileStore } from './image-file-store.ts'
import { ImageRoots } from './roots.ts'
import type { S3Bucket } from './s3-bucket.ts'
import { StoreUnavailableError } from './store-errors.ts'

export interface StoreSettings {
  UNKNOWN_PEOPLE: string
  KNOWN_PEOPLE: string
  IMAGE_ROOTS?: string
  IMAGE_STORE?: string
  S3_ENDPOINT?: string
  S3_TLS_CA_FILE?: string
  S3_REGION?: string
  S3_ACCESS_KEY_ID?: string
  S3_SECRET_ACCESS_KEY?: string
  S3_PATH_STYLE?: boolean
}

/** The store that ImagesEnv describes; nothing is asked of it yet. */
export async function openStore(env: StoreSettings): Promise<ImageFileStore & AsyncDisposable> {
  const roots = ImageRoots.of(env)
  const folders = new FolderStore(roots)
  const bucket = await openBucket(env)
  if (!bucket) return Object.assign(folders, { [Symbol.asyncDispose]: async () => {} })
  const { S3Store } = await import('./s3-store.ts')
  return new S3Store({ bucket, roots, folders })
}

/**
 * Why removing a picture would leave its bytes in the store, in a sentence; undefined also while the store is away. Services do not start
 * then: people are promised that what they remove is gone.
 */
export async function removalFault(env: StoreSettings): Promise<string | undefined> {
  // A store that hangs does not delay the start for long.
  await using bucket = await openBucket(env, { withinMs: 3000 })
  try {
    return await bucket?.removalFault()
  } catch (error) {
    // While the store is away, a removal fails with this error.
    if (error instanceof StoreUnavailableError) return undefined
    throw error
  }
}

/**
 * The bucket and prefix that ImagesEnv names (keys begin with `unknown_people/` or `known_people/`), or undefined where pictures lie in
 * folders. Rejects with EnvironmentError for an S3_TLS_CA_FILE that cannot be used.
 */
export async function openBucket(
  env: StoreSettings,
  { withinMs }: { withinMs?: number } = {},
): Promise<S3Bucket | undefined> {
  const [, bucket, path = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(env.IMAGE_STORE ?? '') ?? []
  if (bucket === undefined) return undefined
  // Imported only where it is used: the SDK costs a quarter of a second and 40 MB.
  const { S3Bucket } = await import('./s3-bucket.ts')
  const { S3_ENDPOINT: endpoint, S3_REGION: region = 'us-east-1', S3_PATH_STYLE: pathStyle } = env
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = env
  const keys = accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`
  const tls = env.S3_TLS_CA_FILE === undefined ? undefined : new ClientTls(env, { ca: 'S3_TLS_CA_FILE' })
  return new S3Bucket({ bucket, prefix, endpoint, region, keys, tls, pathStyle, ...(withinMs && { withinMs }) })
}
