import type { Evidence } from './trial.ts'

const MEGABYTE = 1024 * 1024
/** Garbage that V8 has not collected yet was 144 MB at most; a heap that really grows meets its limit (run-chaos.ts) and ends the process. */
const MORE_MEGABYTES = 192
const MORE_FILES = 64

/** No process ends on its own. */
export function nobodyQuits({ endings, faults }: Evidence): string[] {
  // A database server without a disk may give up: that is the fault, not the suite's.
  const excused = (name: string, at: number) =>
    name === 'database' &&
    faults.some(({ nemesis, beganAt, endedAt }) => nemesis === 'disk-full' && at >= beganAt && at <= endedAt + 10_000)
  return endings
    .filter(({ signal, name, at }) => signal === undefined && !excused(name, at.getTime()))
    .map(({ name, pid, how, at }) => `${name} (${pid}) ended on its own with ${how} at ${at.toISOString()}`)
}

/** Memory and open files stay flat. */
export function staysSmall({ footprints: { calm, drained } }: Evidence): string[] {
  return drained.flatMap(({ process, bytes, files }) => {
    const before = calm.find((one) => one.process === process)
    // A cache that the server was given; it fills by use.
    if (!before || process === 'database') return []
    return [
      ...(bytes > before.bytes + MORE_MEGABYTES * MEGABYTE
        ? [`${process} has ${Math.round(bytes / MEGABYTE)} MB after ${Math.round(before.bytes / MEGABYTE)} MB`]
        : []),
      ...(files > before.files + MORE_FILES ? [`${process} has ${files} open files after ${before.files}`] : []),
    ]
  })
}
