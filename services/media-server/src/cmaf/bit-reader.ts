import { ConfigurationError } from './configuration-error.ts'

/** Longer codes do not fit into 32 bits. */
const MAX_LEADING_ZEROS = 31

/** Reads the bits of a configuration, the highest of each byte first. Throws ConfigurationError where they end. */
export class BitReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  flag(): boolean {
    return this.bits(1) === 1
  }

  /** @param count at most 32 */
  bits(count: number): number {
    let value = 0
    for (let read = 0; read < count; read++, this.#at++) {
      const byte = this.#bytes[this.#at >> 3]
      if (byte === undefined) throw new ConfigurationError('The configuration is cut off.')
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1)
    }
    return value
  }

  skip(count: number): void {
    this.#at += count
  }

  /** ue(v) of H.264 (ITU-T H.264, 9.1): Exp-Golomb, unsigned. */
  unsigned(): number {
    let zeros = 0
    while (!this.flag()) if (++zeros > MAX_LEADING_ZEROS) throw new ConfigurationError('A number is too long.')
    return 2 ** zeros - 1 + this.bits(zeros)
  }

  /** se(v): Exp-Golomb, signed. */
  signed(): number {
    const code = this.unsigned()
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2
  }
}

/** A NAL unit's payload without the bytes that keep start codes out of it (ITU-T H.264, 7.4.1). */
export function withoutEmulationPrevention(nal: Uint8Array): Uint8Array {
  return nal.filter((byte, at) => !(byte === 3 && at >= 2 && nal[at - 1] === 0 && nal[at - 2] === 0))
}
