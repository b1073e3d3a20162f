import { machineSentence } from './machine.ts'
import type { Result, Table } from './report.ts'
import type { Target } from './targets.ts'

/** The result as a page, ending in a line feed. */
export function toMarkdown({ title, command, date, revision, machine, about = [], ...found }: Result): string {
  const head = [
    `# ${title}`,
    'Written by the command below; do not edit.',
    `- command: \`${command}\`\n- date: ${date.slice(0, 16).replace('T', ' ')} UTC\n- revision: ${revision}\n- machine: ${machineSentence(machine)}`,
  ]
  const tables = [targetTable(found.targets, found.aboutTargets), ...found.tables]
  return `${[...head, ...about, ...tables.map(tableToMarkdown)].join('\n\n')}\n`
}

function targetTable(targets: readonly Target[], about = ''): Table {
  return {
    title: 'Numbers to reach',
    about,
    columns: ['', 'wanted', 'reached', 'holds'],
    rows: targets.map(({ name, wanted, reached, holds }) => [name, wanted, reached, holds ? 'yes' : '**no**']),
  }
}

function tableToMarkdown({ title, about, columns, rows }: Table): string {
  const lines = [columns, columns.map((_, i) => (i === 0 ? '---' : '--:')), ...rows]
  const table = lines.map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`).join('\n')
  return [`## ${title}`, ...(about ? [about] : []), table].join('\n\n')
}

function escapeCell(cell: string): string {
  return cell.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
