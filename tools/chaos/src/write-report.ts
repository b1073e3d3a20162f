import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Report } from './report.ts'
import { reportPage } from './report-page.ts'

/** Writes report.json and report.html. Returns their paths. */
export async function writeReport(directory: string, report: Report, command: string): Promise<string[]> {
  const [json, html] = [join(directory, 'report.json'), join(directory, 'report.html')]
  await writeFile(json, `${JSON.stringify({ command, ...report }, null, 1)}\n`)
  await writeFile(html, reportPage(report, command))
  return [json, html]
}
