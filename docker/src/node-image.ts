import { readFileSync } from 'node:fs'

const workspace = readFileSync(new URL('../../pnpm-workspace.yaml', import.meta.url), 'utf8')

/** The Node that everything here runs on: the catalog's. */
export const NODE_VERSION = /^ {2}node: (\d+\.\d+\.\d+)$/m.exec(workspace)?.[1] ?? ''

/** What our images are built on. */
export const NODE_IMAGE = `node:${NODE_VERSION}-bookworm-slim`
