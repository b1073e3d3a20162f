/** What one measurement gave, by name with the unit in it: `{ wallMs: 12.1, cpuMs: 11.8 }`. */
export type Readings = Record<string, number>

/** One of the things that are compared. */
export interface Candidate {
  readonly name: string
  /** Measures one row of the table once; undefined where the row is not for this candidate. */
  measure(row: string): Promise<Readings | undefined>
}
