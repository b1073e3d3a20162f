import { styleText } from 'node:util'
import { prettyFactory } from 'pino-pretty'
import { LogBatches } from './log-batches.ts'

const COLOURS = ['cyan', 'green', 'magenta', 'yellow', 'blue', 'cyanBright', 'greenBright'] as const
const WIDTH = 'face-recognition'.length
/** pino's name of it. */
const PASSING = ['trace', 'debug', 'info']
/** After so many lines of processes the block is out of sight. */
const BURST = 15
/** A burst is over after so many milliseconds without a line. */
const QUIET_MS = 2000

/** What a person sees: warnings of every process behind its coloured name, a line for each batch of the rest, and our own sentences. */
export class Terminal implements Disposable {
  /** Each line of each process. */
  verbose = false
  readonly #colours = new Map<string, (typeof COLOURS)[number]>()
  readonly #pretty = prettyFactory({
    colorize: process.stdout.isTTY === true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname,service,requestId',
    singleLine: true,
  })
  readonly #batches = new LogBatches((name, said) => this.#print(name, said))
  #block: (() => void) | undefined
  #linesSinceBlock = 0
  #quiet: NodeJS.Timeout | undefined

  /** A line of a process, JSON of pino or not. */
  line(name: string, line: string): void {
    const { level, msg } = this.verbose ? {} : readPino(line)
    if (msg !== undefined && PASSING.includes(level ?? '')) this.#batches.add(name, msg)
    else {
      this.#batches.flush()
      this.#print(name, line.startsWith('{') ? String(this.#pretty(line) ?? '').trimEnd() : line)
    }
  }

  say(sentence: string): void {
    this.#batches.flush()
    console.log(`${styleText('bold', 'livepods'.padStart(WIDTH))} ${sentence}`)
  }

  /** Rows under each other, in columns; one without a note is as wide as it likes. */
  table(rows: [what: string, where: string, note: string][]): void {
    const width = (cells: string[]) => Math.max(...cells.map(({ length }) => length))
    const whatWidth = width(rows.map(([what]) => what))
    const whereWidth = width(rows.flatMap(([, where, note]) => (note ? [where] : [])))
    this.show(
      rows.map(([what, where, note]) => {
        const start = `  ${what.padEnd(whatWidth)}  `
        return note ? `${start}${where.padEnd(whereWidth)}  ${styleText('dim', note)}` : `${start}${where}`
      }),
    )
  }

  /** Lines as they are. */
  show(lines: string[]): void {
    this.#batches.flush()
    for (const line of lines) console.log(line)
  }

  /** Prints what is to stand last, and prints it again whenever a burst of lines has pushed it away. */
  block(print: () => void): void {
    this.#block = print
    this.#printBlock()
  }

  #print(name: string, text: string): void {
    const colour = this.#colours.get(name) ?? COLOURS[this.#colours.size % COLOURS.length] ?? 'cyan'
    this.#colours.set(name, colour)
    for (const line of text.split('\n')) console.log(`${styleText(colour, name.padStart(WIDTH))} ${line}`)
    this.#linesSinceBlock += text.split('\n').length
    if (!this.#block) return
    clearTimeout(this.#quiet)
    if (this.#linesSinceBlock >= BURST) this.#quiet = setTimeout(() => this.#printBlock(), QUIET_MS)
  }

  #printBlock(): void {
    this.#block?.()
    this.#linesSinceBlock = 0
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#quiet)
    this.#block = undefined
    this.#batches[Symbol.dispose]()
  }
}

/** Level and message of a line that pino wrote. */
function readPino(line: string): { level?: string; msg?: string } {
  if (!line.startsWith('{')) return {}
  try {
    return JSON.parse(line)
  } catch {
    return {}
  }
}
