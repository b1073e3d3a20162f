import { execFile } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PeerRefusedError } from '../peer-process.ts'

const PACKAGES = ['nginx', 'libnginx-mod-rtmp']

/**
 * The command of Debian's nginx with its RTMP module, unpacked into `folder`: whoever installs it has an nginx running on port 80. Rejects
 * with PeerRefusedError.
 */
export async function nginxRtmp(folder: string, port: number): Promise<{ command: string; args: string[] }> {
  const run = (command: string, ...args: string[]) => promisify(execFile)(command, args, { cwd: folder })
  const download = () => run('apt-get', '-qq', 'download', ...PACKAGES)
  try {
    // Without lists, as in a new container, nothing is found; only root can get them.
    await download().catch(() => run('apt-get', '-qq', 'update').then(download))
    const archives = (await readdir(folder)).filter((file) => file.endsWith('.deb'))
    for (const archive of archives) await run('dpkg-deb', '--extract', archive, '.')
  } catch (cause) {
    const command = `apt-get download ${PACKAGES.join(' ')}`
    throw new PeerRefusedError(`Debian's packages cannot be fetched ("${command}").`, { cause })
  }
  const config = join(folder, 'nginx.conf')
  await writeFile(config, configuration(folder, port))
  return { command: join(folder, 'usr/sbin/nginx'), args: ['-p', folder, '-c', config, '-e', 'stderr'] }
}

/** One process, as everyone else is; otherwise as it comes. */
function configuration(folder: string, port: number): string {
  return `load_module ${folder}/usr/lib/nginx/modules/ngx_rtmp_module.so;
daemon off;
master_process off;
pid ${folder}/nginx.pid;
events { worker_connections 4096; }
rtmp { access_log off; server { listen 127.0.0.1:${port}; application live { live on; } } }
`
}
