import { readFileSync, writeFileSync } from 'node:fs'

/** Lets the peak of a process begin anew, as Linux counts it (proc(5), clear_refs). */
export function forgetPeakMemory(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** The most memory that a process has had resident since then, in MiB. */
export function peakMemory(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

/** What k8s/base gives a container, in MiB. */
export function memoryLimit(service: string): number {
  const file = `k8s/base/faces/${service}/workload.yaml`
  const manifest = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')
  // The container of the service is the last one in its file.
  const [, number, unit] = [...manifest.matchAll(/limits:\s+memory: (\d+)(Mi|Gi)/g)].at(-1) ?? []
  if (!number) throw new Error(`${file} has no limit of memory.`)
  return Number(number) * (unit === 'Gi' ? 1024 : 1)
}
