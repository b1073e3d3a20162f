import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** A command of docker: what it printed. Rejects with what it printed on stderr. */
export async function docker(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('docker', args, { maxBuffer: 256 * 1024 * 1024 })
  return stdout.trim()
}

/** What `docker compose config` makes of a service of ours. */
export interface ComposeService {
  image: string
  build?: { dockerfile?: string; context: string }
  environment?: Record<string, string>
  restart?: string
}

/** The services of compose.yaml whose images are built from our packages, by name. */
export async function ownServices(): Promise<Map<string, ComposeService>> {
  const { services } = JSON.parse(await docker('compose', 'config', '--format', 'json')) as {
    services: Record<string, ComposeService>
  }
  return new Map(Object.entries(services).filter(([, { build }]) => build?.dockerfile?.includes('/')))
}
