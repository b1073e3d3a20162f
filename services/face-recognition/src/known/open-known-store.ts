import { type ImageRoots, openBucket, type StoreSettings } from '@livepods/images'
import { KnownFolder } from './known-folder.ts'
import type { KnownStore } from './known-store.ts'

/** The store of known people that ImagesEnv describes; nothing is asked of it yet. */
export async function openKnownStore(
  env: StoreSettings,
  { roots, maxBytes }: { roots: ImageRoots; maxBytes: number },
): Promise<KnownStore & AsyncDisposable> {
  const bucket = await openBucket(env)
  if (!bucket) return Object.assign(new KnownFolder(roots.knownPeople), { [Symbol.asyncDispose]: async () => {} })
  const { KnownBucket } = await import('./known-bucket.ts')
  return new KnownBucket(bucket, { maxBytes })
}
