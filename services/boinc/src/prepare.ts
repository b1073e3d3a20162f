import { randomBytes } from 'node:crypto'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Log } from '@livepods/service'
import type { Config } from './config.ts'
import { hasRoom } from './disk-room.ts'
import { readIfThere, replaceFile } from './write-file.ts'

type Settings = Pick<
  Config,
  'BOINC_DIR' | 'BOINC_GUI_RPC_PASSWORD' | 'CPU_PERCENT' | 'MEMORY_PERCENT' | 'DISK_GB' | 'HOURS' | 'CHECKPOINT_SECONDS'
>

const PASSWORD_LENGTH = 12

/**
 * Writes what the client reads when it starts: its password, its options and its preferences. Resolves with the password: the one that is
 * given, else the one of the last start, else a new one. Rejects on a full volume: the client would begin with its tasks, which would fail.
 */
export async function prepare(settings: Settings, log: Pick<Log, 'warn'>): Promise<string> {
  const { BOINC_DIR: folder, BOINC_GUI_RPC_PASSWORD: given } = settings
  await mkdir(folder, { recursive: true })
  if (!(await hasRoom(folder))) throw new Error('its volume is full')
  const passwordFile = join(folder, 'gui_rpc_auth.cfg')
  const kept = (await readIfThere(passwordFile))?.trim()
  const isWeak = kept !== undefined && kept.length < PASSWORD_LENGTH
  if (isWeak && given === undefined)
    log.warn({ file: passwordFile }, 'the password there is too short, and is replaced')
  const password = given ?? (kept === undefined || isWeak ? randomBytes(24).toString('base64url') : kept)
  await replaceFile(passwordFile, `${password}\n`)
  await chmod(passwordFile, 0o600)
  await replaceFile(join(folder, 'cc_config.xml'), OPTIONS)
  await replaceFile(join(folder, 'global_prefs_override.xml'), preferences(settings))
  // With names in it the client would listen on all addresses.
  await rm(join(folder, 'remote_hosts.cfg'), { force: true })
  return password
}

const OPTIONS = `<cc_config>
<log_flags>
<task>1</task>
<file_xfer>1</file_xfer>
<sched_ops>1</sched_ops>
</log_flags>
<options>
<allow_remote_gui_rpc>0</allow_remote_gui_rpc>
<dont_contact_ref_site>1</dont_contact_ref_site>
<report_results_immediately>1</report_results_immediately>
</options>
</cc_config>
`

/** In BOINC's form. The client sees processors and memory of the whole node: percentages of the container's part become those of the node. */
function preferences({ CPU_PERCENT, MEMORY_PERCENT, DISK_GB, HOURS, CHECKPOINT_SECONDS }: Settings): string {
  const [from = 0, to = 0] = HOURS?.split('-').map(Number) ?? []
  const memory = (MEMORY_PERCENT * memoryPart()).toFixed(2)
  const values = {
    run_if_user_active: 1,
    run_gpu_if_user_active: 1,
    run_on_batteries: 1,
    // Tasks that wait stay in memory: what they have computed since their checkpoint is not lost.
    leave_apps_in_memory: 1,
    disk_interval: CHECKPOINT_SECONDS,
    max_ncpus_pct: ((CPU_PERCENT * availableParallelism()) / cpus().length).toFixed(2),
    cpu_usage_limit: 100,
    // It sees only processes of its own container: the node's load is looked at by us.
    suspend_cpu_usage: 0,
    ram_max_used_busy_pct: memory,
    ram_max_used_idle_pct: memory,
    disk_max_used_gb: DISK_GB,
    disk_min_free_gb: 0.1,
    disk_max_used_pct: 100,
    start_hour: from,
    end_hour: to,
  }
  const lines = Object.entries(values).map(([name, value]) => `<${name}>${value}</${name}>\n`)
  return `<global_preferences>\n${lines.join('')}</global_preferences>\n`
}

/** Of the node's memory, the part that this container may have. */
function memoryPart(): number {
  const limit = process.constrainedMemory()
  return limit > 0 && limit < totalmem() ? limit / totalmem() : 1
}
