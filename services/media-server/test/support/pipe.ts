import { Duplex } from 'node:stream'

/** A connection without a network: what is pushed comes from the peer, and what is written to it is gone. */
export class Pipe extends Duplex {
  override _read(): void {}
  override _write(_bytes: Buffer, _encoding: string, done: () => void): void {
    done()
  }
}
