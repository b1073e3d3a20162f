import { mkdtempDisposable, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface LogFolder extends AsyncDisposable {
  path: string
  /** The names of its log files, in the order in which they were written. */
  files(): Promise<string[]>
  /** The whole log. */
  lines(): Promise<string[]>
}

/** A folder for the log of a sink called `name`. */
export async function logFolder(name = 'sink'): Promise<LogFolder> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'livepods-sink-'))
  const current = `Sink_${name}.txt`
  const number = (file: string) => (file === current ? Number.MAX_SAFE_INTEGER : Number(file.slice(current.length + 1)))
  const files = async () =>
    (await readdir(folder.path))
      .filter((file) => file.startsWith(current))
      .sort((one, other) => number(one) - number(other))
  return {
    path: folder.path,
    files,
    lines: async () => {
      const texts = await Promise.all((await files()).map((file) => readFile(join(folder.path, file), 'utf8')))
      return texts.join('').split('\n').slice(0, -1)
    },
    [Symbol.asyncDispose]: () => folder.remove(),
  }
}

/** What a line of the log says after the colon. */
export const bodyOf = (line: string): string =>
  /^From \S+ at \S+ \S+(?: \(late\))? : (.*)$/.exec(line)?.[1] ?? `no line: ${line}`
