import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Kind } from '../server.ts'

export const WHOAMI: Kind = {
  name: 'whoami',
  command: process.execPath,
  args: () => [fileURLToPath(new URL('../../../../services/whoami/src/main.ts', import.meta.url))],
  environment: (port) => ({
    HOST: '127.0.0.1',
    OPS_PORT: '0',
    WHOAMI_PORT_NUMBER: `${port}`,
    LOG_LEVEL: 'warn',
    DRAIN_SECONDS: '0',
  }),
}

export const BARE: Kind = {
  name: 'node:http',
  command: process.execPath,
  args: () => [fileURLToPath(new URL('./bare-main.ts', import.meta.url))],
  environment: (port) => ({ WHOAMI_PORT_NUMBER: `${port}` }),
}

const NGINX: Kind = {
  name: 'nginx',
  command: 'nginx',
  args: (_, folder) => ['-p', folder, '-c', 'nginx.conf', '-e', '/dev/null'],
  file: {
    name: 'nginx.conf',
    text: (port) => `daemon off; master_process off; pid nginx.pid; error_log /dev/null;
worker_rlimit_nofile 8192;
events { worker_connections 8192; }
http {
  access_log off; keepalive_requests 100000000; default_type text/plain;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {
    listen 127.0.0.1:${port};
    location = /bench { return 200 "1"; }
    location = / { return 200 "Hostname: $hostname\\nRemoteAddr: $remote_addr:$remote_port\\n$request\\nHost: $host\\n"; }
  }
}`,
  },
}

/** All that can take part on this machine. */
export async function kinds(): Promise<Kind[]> {
  const original = process.env.WHOAMI
  const others: Kind[] = [
    NGINX,
    ...(original ? [{ name: 'traefik/whoami', command: original, args: (port: number) => ['-port', `${port}`] }] : []),
  ]
  const there = await Promise.all(others.map(async (kind) => ((await isInstalled(kind.command)) ? [kind] : [])))
  return [WHOAMI, BARE, ...there.flat()]
}

async function isInstalled(command: string): Promise<boolean> {
  const child = spawn(command, ['-h'], { stdio: 'ignore' })
  return await Promise.race([once(child, 'spawn').then(() => true), once(child, 'error').then(() => false)]).catch(
    () => false,
  )
}
