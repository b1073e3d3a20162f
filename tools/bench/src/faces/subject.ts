/** Edges as fractions of the picture, or pixels: only the order of the areas counts. */
export interface SeenFace {
  area: number
  descriptor: ArrayLike<number>
}

/** One photo looked at: faces, and what it took in milliseconds, decoding apart; CPU time is that of all threads of the process. */
export interface Look {
  faces: SeenFace[]
  decodeMs: number
  restMs: number
  decodeCpuMs: number
  restCpuMs: number
}

/** An engine in its own process; `serve-subject.ts` has what it is asked. */
export interface Subject {
  /** Versions and settings, for the report. */
  readonly about: Record<string, string>
  /** Alone: nothing else runs in the process meanwhile. */
  look(bytes: Buffer): Promise<Look>
  /** Several at once are welcome. */
  describe(bytes: Buffer): Promise<unknown>
  close(): Promise<void>
}

/** CPU milliseconds of this process, all threads, since `before`. */
export function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
