// Makes one change of known people and is killed right before its n-th step: `node killed-change.ts <folder> <n> <change as JSON>`; in S3,
// where IMAGE_STORE names that, a step is a request.
import fs, { type PathLike } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

export type Change =
  | { put: [name: string, text: string] }
  | { remove: [name: string] }
  | { move: [name: string, to: string] }

const [root = '', step = '', change = ''] = process.argv.slice(2)
let left = Number(step)
const countDown = () => {
  if (--left < 0) process.kill(process.pid, 'SIGKILL')
}

type Functions = Record<string, (...values: unknown[]) => unknown>
function killAt(target: Functions, name: string): void {
  const original = target[name] as (...values: unknown[]) => unknown
  target[name] = function (this: unknown, ...values) {
    countDown()
    return Reflect.apply(original, this, values)
  }
}

const { openBucket } = await import('@livepods/images')
const bucket = await openBucket({ UNKNOWN_PEOPLE: root, KNOWN_PEOPLE: root, ...process.env })
if (bucket) {
  for (const name of ['get', 'put', 'head', 'list', 'remove']) killAt(Object.getPrototypeOf(bucket) as Functions, name)
} else {
  const handle: FileHandle = await open(import.meta.filename as PathLike as string)
  for (const name of ['writeFile', 'sync']) killAt(Object.getPrototypeOf(handle) as Functions, name)
  await handle.close()
  for (const name of ['open', 'mkdir', 'link', 'rename', 'unlink', 'rm', 'rmdir'])
    killAt(fs.promises as unknown as Functions, name)
  syncBuiltinESMExports()
}
const { KnownFolder } = await import('../../src/known/known-folder.ts')
const { KnownBucket } = await import('../../src/known/known-bucket.ts')
const store = bucket ? new KnownBucket(bucket, { maxBytes: 1000 }) : new KnownFolder(root)
const wanted = JSON.parse(change) as Change
if ('put' in wanted) await store.put(wanted.put[0], Buffer.from(wanted.put[1]))
else if ('remove' in wanted) await store.remove(...wanted.remove)
else await store.move(...wanted.move)
console.log(`done before step ${step}`)
