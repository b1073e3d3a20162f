import { readdirSync, readFileSync } from 'node:fs'
import type { System } from '@livepods/system'

/** What a process takes of the machine. */
export interface Footprint {
  process: string
  pid: number
  bytes: number
  files: number
}

/** Memory and open files of every process, now; empty where there is no /proc. */
export function footprints(system: System): Footprint[] {
  return system.processes.flatMap(({ name, pid = 0 }) => {
    try {
      const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
      const files = readdirSync(`/proc/${pid}/fd`).length
      return [{ process: name, pid, bytes: Number(kilobytes) * 1024, files }]
    } catch {
      return []
    }
  })
}
