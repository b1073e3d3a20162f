import { readFileSync } from 'node:fs'

export interface Usage {
  /** User and system time since its start, of all threads. */
  cpuMs: number
  /** Resident now, in megabytes. */
  residentMegabytes: number
}

// What /proc/<pid>/stat counts in, whatever the kernel's own tick is (USER_HZ, time(7)).
const MS_PER_TICK = 10

/** What a process has used; undefined where the system does not say it in /proc, or the process is gone. */
export function usageOf(pid: number | undefined): Usage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    // Fields 14 and 15 of proc_pid_stat(5); the first one after the name is number 3.
    return {
      cpuMs: (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK,
      residentMegabytes: (Number(resident) * 1024) / 1e6,
    }
  } catch {
    return undefined
  }
}
