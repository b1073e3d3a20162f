import { readFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'

/** What a number depends on besides the program. */
export interface Machine {
  cpu: string
  cores: number
  /** Of the vector instructions that change such numbers, those that this CPU has. */
  simd: string[]
  memoryGigabytes: number
  kernel: string
  node: string
  /** Processes that ran or wanted to, on average over the last minute, when the benchmark began. */
  loadAtStart: number
}

const SIMD = ['avx2', 'avx512f', 'avx512_vnni', 'amx_int8', 'asimd', 'sve']

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    simd: simd(),
    memoryGigabytes: Math.round(totalmem() / 1e9),
    kernel: `${type()} ${release()} ${arch()}`,
    node: process.version,
    loadAtStart: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  }
}

/** One sentence for people. */
export function machineSentence({ cpu, cores, simd, memoryGigabytes, kernel, node, loadAtStart }: Machine): string {
  const vectors = simd.length > 0 ? ` (${simd.join(', ')})` : ''
  return `${cpu}${vectors}, ${cores} cores, ${memoryGigabytes} GB, ${kernel}, Node ${node}, load at start ${loadAtStart}`
}

/** Only Linux says so in a file. */
function simd(): string[] {
  try {
    const words = new Set(
      readFileSync('/proc/cpuinfo', 'utf8')
        .match(/^(flags|Features)\s*:.*$/m)?.[0]
        .split(/\s+/),
    )
    return SIMD.filter((name) => words.has(name))
  } catch {
    return []
  }
}
