/** Reads a part of a file; fewer bytes where it ends. */
export type Read = (position: number, length: number) => Promise<Buffer>

const BLOCK = 64 * 1024

/** The bytes of a file or of a buffer, read a block at a time. */
export class Blocks {
  readonly #read: Read
  #block: Buffer = Buffer.alloc(0)
  #start = 0

  constructor(source: Buffer | Read) {
    this.#read = Buffer.isBuffer(source) ? async (position) => source.subarray(position) : source
  }

  /** Everything from `position` on that lies in the block around it, at least `length` bytes. Throws RangeError beyond the end. */
  async from(position: number, length: number): Promise<Buffer> {
    if (!(position >= 0 && position <= Number.MAX_SAFE_INTEGER)) throw new RangeError('No such position.')
    if (position < this.#start || position + length > this.#start + this.#block.length) {
      this.#block = await this.#read(position, Math.max(BLOCK, length))
      this.#start = position
    }
    const bytes = this.#block.subarray(position - this.#start)
    if (bytes.length < length) throw new RangeError('The file ends here.')
    return bytes
  }
}
