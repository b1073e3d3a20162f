import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { SECURITY_HEADERS } from '@livepods/http/security-headers'
import { type Html, html } from '@livepods/page/html'
import { layout } from '@livepods/page/layout'
import { BadRequestError } from './bad-request-error.ts'
import type { Exchange } from './exchange.ts'
import type { Overview } from './overview.ts'

const FOLDERS = {
  page: new URL('.', import.meta.resolve('@livepods/page/assets/page.css')),
  whoami: new URL('../assets/', import.meta.url),
}
/** What the page loads: the files of both folders, by folder/name. */
const FILES: ReadonlyMap<string, URL> = new Map(
  Object.entries(FOLDERS).flatMap(([folder, url]) =>
    readdirSync(url).map((name) => [`${folder}/${name}`, new URL(name, url)] as const),
  ),
)
const ASSETS = '/ui/assets/'
const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const frame = {
  assets: { url: (file: string) => `${ASSETS}${file}` },
  links: [{ name: 'Who am I', url: '/ui' }],
}

/** Whether `/ui` answers this path. */
export function isOfPage(path: string): boolean {
  return path === '/ui' || path.startsWith(ASSETS)
}

/** `/ui`: the overview for people, and what the page loads. */
export async function page(exchange: Exchange, overview: () => Overview): Promise<void> {
  if (exchange.path !== '/ui') return await asset(exchange, exchange.path.slice(ASSETS.length))
  const content = { title: 'Who am I', current: '/ui', styles: ['whoami/whoami.css'], body: body(overview()) }
  const text = String(await layout(frame, content))
  const fields = { ...SECURITY_HEADERS, 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' }
  exchange.reply(exchange.status, fields, Buffer.from(text))
}

async function asset(exchange: Exchange, file: string): Promise<void> {
  const url = FILES.get(file)
  if (!url) throw new BadRequestError('There is no such file.', { status: 404 })
  const bytes = await readFile(url)
  const type = TYPES[extname(file)] ?? 'application/octet-stream'
  exchange.reply(
    200,
    { 'Content-Type': type, 'Cache-Control': 'max-age=300', 'X-Content-Type-Options': 'nosniff' },
    bytes,
  )
}

function body({ server, client, proxy, request, tls }: Overview): Html {
  return html`<h1>Who am I</h1>
<p>What this server saw of your request, and where it runs. For programs: <a href="/v1/whoami">JSON</a>, <a href="/">the request as text</a>.</p>
<section class="card"><h2>You</h2>${table([
    ['Address', client.address],
    ['Trusted proxies say', client.trustedChain.length > 1 ? client.trustedChain.join(' ← ') : undefined],
    ['PROXY protocol', proxy && `version ${proxy.version}, from ${proxy.address}`],
    ['Connection', `${request.protocol}${tls ? ` over ${tls.protocol}, ${tls.cipher}` : ', not encrypted'}`],
    [
      'Certificate',
      tls?.clientCertificates[0] && `${tls.clientCertificates[0]} (${tls.isVerified ? 'verified' : 'not verified'})`,
    ],
  ])}</section>
<section class="card"><h2>This server</h2>${table([
    ['Name', server.name],
    ['Host', server.hostname],
    ['Pod', server.pod],
    ['Namespace', server.namespace],
    ['Node', server.node],
    ['Zone', server.zone],
    ['Addresses', server.ips.join(', ')],
  ])}</section>
<section class="card"><h2>Your request</h2><p><code>${request.method} ${request.url}</code> to <code>${request.host}</code></p>
${table(request.headers.map(({ name, value }) => [name, value]))}</section>`
}

function table(rows: (readonly [string, string | undefined])[]): Html {
  const known = rows.filter((row): row is readonly [string, string] => Boolean(row[1]))
  return html`<dl>${known.map(([name, value]) => html`<div><dt>${name}</dt><dd><bdi>${value}</bdi></dd></div>`)}</dl>`
}
