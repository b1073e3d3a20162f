import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toMarkdown } from './markdown.ts'
import type { Result } from './report.ts'

export interface Place {
  /** Where results that count are kept. */
  folder: string
  /** A quick run is too noisy to count: it goes into a new temporary folder and never over what is kept. */
  quick: boolean
}

/** Writes `<suite>.json` and `<suite>.md`; resolves to the path of the page. */
export async function writeResult(result: Result, { folder, quick }: Place): Promise<string> {
  const target = quick ? await mkdtemp(join(tmpdir(), 'livepods-bench-')) : folder
  await mkdir(target, { recursive: true })
  const { tables: _, ...numbers } = result
  await writeFile(join(target, `${result.suite}.json`), `${JSON.stringify(numbers, undefined, 2)}\n`)
  const page = join(target, `${result.suite}.md`)
  await writeFile(page, toMarkdown(result))
  return page
}
