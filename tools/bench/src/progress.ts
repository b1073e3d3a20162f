export interface Progress {
  /** What is going on now; takes the place of what was said before. */
  say(sentence: string): void
  /** Something that should stay to be read. */
  note(sentence: string): void
}

const LINE_EVERY_MS = 5000

/** On a terminal one line that changes; into a file a line every five seconds. */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  const startedAt = performance.now()
  let saidAt = Number.NEGATIVE_INFINITY
  const clear = () => stream.isTTY && stream.write('\r\x1b[K')
  const stamped = (sentence: string) =>
    `${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${sentence}`
  return {
    say(sentence) {
      if (stream.isTTY) {
        clear()
        stream.write(stamped(sentence).slice(0, stream.columns - 1))
      } else if (performance.now() - saidAt >= LINE_EVERY_MS) {
        saidAt = performance.now()
        stream.write(`${stamped(sentence)}\n`)
      }
    },
    note(sentence) {
      clear()
      stream.write(`${stamped(sentence)}\n`)
    },
  }
}
