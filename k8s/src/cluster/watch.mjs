// Runs in the cluster, as a viewer: watches a stream of H.264 by HTTP-FLV until its video has gone on for so many seconds, and prints the
// times of its frames in milliseconds as JSON.
const [url, token, seconds] = process.argv.slice(2)
const FILE_HEADER_BYTES = 9
/** Size of the tag before (4), type (1), length (3), time (3, and its highest byte), stream (3). */
const TAG_HEADER_BYTES = 15
const VIDEO = 9
/** The second byte of a frame of AVC; that of its configuration is 0. */
const FRAME = 1

const response = await fetch(url, {
  headers: { authorization: `Bearer ${token}` },
  signal: AbortSignal.timeout(60_000),
})
if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
const times = []
let bytes = Buffer.alloc(0)
let skipped = FILE_HEADER_BYTES
for await (const piece of response.body) {
  bytes = Buffer.concat([bytes, piece])
  while (bytes.length >= skipped + TAG_HEADER_BYTES) {
    const tag = bytes.subarray(skipped)
    const length = TAG_HEADER_BYTES + tag.readUIntBE(5, 3)
    if (tag.length < length) break
    const isFrame = tag[4] === VIDEO && tag[TAG_HEADER_BYTES + 1] === FRAME
    if (isFrame) times.push(tag.readUIntBE(8, 3) + tag[11] * 2 ** 24)
    bytes = tag.subarray(length)
    skipped = 0
  }
  if (times.at(-1) - times[0] >= seconds * 1000) break
}
console.log(JSON.stringify(times))
