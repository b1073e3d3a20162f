// One process for the trial "counter": what is posted is a line of a file before it is answered.
import { appendFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

const { PORT, OPS_PORT, COUNTER_FOLDER } = process.env
const file = `${COUNTER_FOLDER}/lines`

async function keep(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const line = `${await text(request)}\n`
  await appendFile(file, line)
  response.end()
}

const server = createServer((request, response) => {
  keep(request, response).catch(() => response.destroy())
})
server.listen(Number(PORT), '127.0.0.1')
createServer((_request, response) => void response.end()).listen(Number(OPS_PORT), '127.0.0.1')
process.on('disconnect', () => process.exit())
