import type { Machine } from './machine.ts'
import type { Target } from './targets.ts'

/** A table for people: every cell is text. */
export interface Table {
  title: string
  /** What it shows and how it was measured. */
  about?: string
  columns: string[]
  rows: string[][]
}

/** What was measured. */
export interface Findings {
  /** Paragraphs that stand before the tables. */
  about?: string[]
  targets: Target[]
  tables: Table[]
  /** The numbers behind the tables, for programs. */
  data: Record<string, unknown>
}

/** What a suite found out. */
export interface Report extends Findings {
  title: string
  /** How the targets are meant. */
  aboutTargets?: string
}

/** A report with what is needed to make it again. */
export interface Result extends Report {
  suite: string
  command: string
  /** ISO 8601. */
  date: string
  /** What was measured: a commit, and whether files differed from it. */
  revision: string
  machine: Machine
}

/** What several parts found, as one. */
export function joined(findings: readonly Findings[]): Required<Findings> {
  return {
    about: findings.flatMap(({ about = [] }) => about),
    targets: findings.flatMap(({ targets }) => targets),
    tables: findings.flatMap(({ tables }) => tables),
    data: Object.assign({}, ...findings.map(({ data }) => data)),
  }
}
