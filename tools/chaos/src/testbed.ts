import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { System, type SystemOptions } from '@livepods/system'
import { Edges } from './edges.ts'
import type { Profile } from './profile.ts'
import { SmallDisk } from './small-disk.ts'

/** What general faults are done to. */
export interface Testbed {
  readonly system: System
  /** A proxy on each connection. */
  readonly edges: Edges
  /** By the name of the folder that lies on it; none where they cannot be had. */
  readonly disks: ReadonlyMap<string, SmallDisk>
}

export interface TestbedOptions extends Pick<SystemOptions, 'signal'> {
  /** Of the run; the system has the folder `system` in it. */
  directory: string
  profile: Profile
  /** Variables of each process: those of the profile, of a mutation, and the limit of its heap. */
  environments: Readonly<Record<string, Record<string, string>>>
  onLine: NonNullable<SystemOptions['onLine']>
  announce: (sentence: string) => void
}

type Contents = Pick<SystemOptions, 'declarations' | 'copies'> & {
  disks: readonly string[]
  /** Where the trial has to know them before anything starts. */
  edges?: Edges
}

/** Starts a system with a proxy on each edge and these of its folders on small disks; `stack` stops them. */
export async function startTestbed(
  stack: AsyncDisposableStack,
  { directory, profile, disks: folders, edges = stack.use(new Edges()), ...options }: TestbedOptions & Contents,
): Promise<Testbed> {
  const folder = resolve(directory, 'system')
  await mkdir(folder, { recursive: true })
  const disks = new Map<string, SmallDisk>()
  for (const name of folders) {
    const disk = await SmallDisk.mount(join(folder, name), profile.diskMegabytes, options.announce)
    if (disk) disks.set(name, stack.use(disk))
  }
  const system = await System.start({ ...options, directory: folder, usualPorts: false, edge: edges.edge })
  return { system: stack.use(system), edges, disks }
}
