import { styleText } from 'node:util'
import { prettyFactory } from 'pino-pretty'

const COLOURS = ['cyan', 'green', 'magenta', 'yellow', 'blue', 'cyanBright', 'greenBright'] as const
const WIDTH = 'face-recognition'.length

/** What a person sees: lines of every process behind its coloured name, and our own sentences. */
export class Terminal {
  readonly #colours = new Map<string, (typeof COLOURS)[number]>()
  readonly #pretty = prettyFactory({
    colorize: process.stdout.isTTY === true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname,service,requestId',
    singleLine: true,
  })

  /** A line of a process, JSON of pino or not. */
  line(name: string, line: string): void {
    const colour = this.#colours.get(name) ?? COLOURS[this.#colours.size % COLOURS.length] ?? 'cyan'
    this.#colours.set(name, colour)
    console.log(`${styleText(colour, name.padStart(WIDTH))} ${this.#readable(line)}`)
  }

  say(sentence: string): void {
    console.log(`${styleText('bold', 'livepods'.padStart(WIDTH))} ${sentence}`)
  }

  /** Rows under each other, in columns. */
  table(rows: [what: string, where: string, note: string][]): void {
    const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
    for (const [what, where, note] of rows) {
      this.say(`  ${what.padEnd(widths[0] ?? 0)}  ${where.padEnd(widths[1] ?? 0)}  ${styleText('dim', note)}`)
    }
  }

  #readable(line: string): string {
    return line.startsWith('{') ? String(this.#pretty(line) ?? '').trimEnd() : line
  }
}
