import { release } from '../memory.ts'

/** 8-bit RGB without padding: width × height × 3 bytes, row by row. */
export interface Picture {
  data: Uint8Array
  width: number
  height: number
}

/** A picture and its copies of half the size, a quarter and so on, each made when it is first asked for. */
export class Pyramid {
  readonly #levels: Picture[]

  constructor(picture: Picture) {
    this.#levels = [picture]
  }

  get picture(): Picture {
    return this.#levels[0] as Picture
  }

  /** The copy to sample when one pixel of the result covers `scale` pixels of the picture, and how many times smaller that copy is. */
  nearest(scale: number): { picture: Picture; times: number } {
    const { width, height } = this.picture
    const level = Math.min(Math.round(Math.log2(scale)), Math.floor(Math.log2(Math.min(width, height))))
    return { picture: this.#level(Math.max(0, level)), times: 2 ** Math.max(0, level) }
  }

  #level(level: number): Picture {
    for (let made = this.#levels.length; made <= level; made++)
      this.#levels.push(halved(this.#levels.at(-1) as Picture))
    return this.#levels[level] as Picture
  }

  /** Frees the picture and its copies at once. */
  release(): void {
    for (const { data } of this.#levels) release(data)
  }
}

/** Each pixel is the mean of four; a last odd row or column is dropped. */
function halved({ data, width, height }: Picture): Picture {
  const half = { width: width >> 1, height: height >> 1 }
  const out = new Uint8Array(half.width * half.height * 3)
  const row = width * 3
  let at = 0
  for (let y = 0; y < half.height; y++) {
    let from = 2 * y * row
    for (let x = 0; x < half.width; x++, from += 6)
      for (let i = from; i < from + 3; i++)
        out[at++] =
          ((data[i] as number) +
            (data[i + 3] as number) +
            (data[i + row] as number) +
            (data[i + row + 3] as number) +
            2) >>
          2
  }
  return { data: out, ...half }
}
