import { stripModulus } from './layout.ts'

/**
 * The milliseconds (modulo `stripModulus`) that a strip shows; undefined when this is none, as before the first frame. It uses nothing
 * from outside, so that a test can hand it to a browser: `page.evaluate(readStrip, pixels)`.
 * @param row RGBA, one byte each, of all pixels in one row of the picture: `getImageData(0, height * STRIP_ROW, width, 1).data`.
 */
export function readStrip(row: ArrayLike<number>): number | undefined {
  const bits = 20
  const cells = bits + 4
  const pixels = row.length / 4
  let value = 0
  for (let cell = 0; cell < cells; cell++) {
    const green = row[4 * Math.floor(((cell + 0.5) * pixels) / cells) + 1] ?? 0
    const isWhite = green > 127
    const isEnd = cell < 2 || cell >= cells - 2
    if (!isEnd) value = 2 * value + (isWhite ? 1 : 0)
    else if (isWhite !== (cell === 0 || cell === cells - 1)) return undefined
  }
  return value
}

/**
 * How long ago a strip was drawn, in milliseconds: up to 16 minutes, or down to -60 000 where clocks differ.
 * @param now Unix time in milliseconds.
 */
export function stripAge(strip: number, now = Date.now()): number {
  const age = (((now - strip) % stripModulus) + stripModulus) % stripModulus
  return age > stripModulus - 60_000 ? age - stripModulus : age
}
