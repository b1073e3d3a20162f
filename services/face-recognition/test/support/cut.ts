/** Without its last `percent` of bytes, at least two. */
export function cut(bytes: Buffer, percent: number): Buffer {
  return bytes.subarray(0, bytes.length - missing(bytes, percent))
}

/** As long as it should be, its last `percent` zeros (or another byte): room that was made for what did not come. */
export function emptied(bytes: Buffer, percent: number, byte = 0): Buffer {
  return Buffer.concat([cut(bytes, percent), Buffer.alloc(missing(bytes, percent), byte)])
}

function missing({ length }: Buffer, percent: number): number {
  return Math.max(2, Math.round((length * percent) / 100))
}
