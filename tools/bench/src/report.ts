import type { Machine } from './machine.ts'

/** A table for people: every cell is text. */
export interface Table {
  title: string
  /** What it shows and how it was measured. */
  about?: string
  columns: string[]
  rows: string[][]
}

/** What a suite found out. */
export interface Report {
  title: string
  /** Paragraphs that stand before the tables. */
  about: string[]
  tables: Table[]
  /** The numbers behind the tables, for programs. */
  data: Record<string, unknown>
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
