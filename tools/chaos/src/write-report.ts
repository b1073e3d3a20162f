import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Report } from './report.ts'
import { type PageOptions, reportPage } from './report-page.ts'

/** Writes report.json and report.html. Returns their paths. */
export async function writeReport(directory: string, report: Report, options: PageOptions): Promise<string[]> {
  const [json, html] = [join(directory, 'report.json'), join(directory, 'report.html')]
  await writeFile(json, `${JSON.stringify({ command: options.command, ...report }, null, 1)}\n`)
  await writeFile(html, reportPage(report, options))
  return [json, html]
}
