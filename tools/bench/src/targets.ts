import type { Table } from './report.ts'

/** A number to reach, and whether it was. */
export interface Target {
  name: string
  wanted: string
  reached: string
  holds: boolean
}

export function targetTable(targets: readonly Target[], about?: string): Table {
  return {
    title: 'Numbers to reach',
    ...(about !== undefined && { about }),
    columns: ['', 'wanted', 'reached', 'holds'],
    rows: targets.map(({ name, wanted, reached, holds }) => [name, wanted, reached, holds ? 'yes' : '**no**']),
  }
}
