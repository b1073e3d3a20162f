/** A process that was started: one of ours, or a server from the machine. */
export interface Started {
  pid: number
  /** How it ended: "exit code 1", "SIGKILL". */
  exited: Promise<string>
  kill(signal: NodeJS.Signals): void
}

/** How a child process ended, from the arguments of its event 'exit'. */
export function ending([code, signal]: [number | null, NodeJS.Signals | null]): string {
  return signal ?? `exit code ${code}`
}
