import { readFile } from 'node:fs/promises'
import type { Exchange } from './exchange.ts'

const FILE = new URL('../openapi.yaml', import.meta.url)

/** `/openapi.yaml`: the routes, for programs. */
export async function openApi(exchange: Exchange): Promise<void> {
  exchange.reply(exchange.status, { 'Content-Type': 'application/yaml' }, await readFile(FILE))
}
