// A picture that any program can read, grey and small, with a comment that makes its bytes its own.
const GREY = Buffer.from(
  '/9j/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCABAAEADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAL/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB//2Q==',
  'base64',
)
/** The marker of a comment (2), its length with these two bytes (2). */
const COMMENT = 0xfffe

/** A JPEG with that comment. */
export function pictureOf(comment: string): Buffer {
  const text = Buffer.from(comment)
  const head = Buffer.alloc(4)
  head.writeUInt16BE(COMMENT)
  head.writeUInt16BE(text.length + 2, 2)
  return Buffer.concat([GREY.subarray(0, 2), head, text, GREY.subarray(2)])
}

/** The comment of such a picture; undefined for any other. */
export function commentOf(bytes: Uint8Array): string | undefined {
  const picture = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (picture.length < 6 || picture.readUInt16BE(2) !== COMMENT) return undefined
  return picture.toString('utf8', 6, 4 + picture.readUInt16BE(4))
}
