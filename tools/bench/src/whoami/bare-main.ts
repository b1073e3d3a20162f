// The least that Node can do: answers every path of the benchmark with a constant, and one field of its own.
import { createServer } from 'node:http'

const ONE = Buffer.from('1')
const TEXT = Buffer.alloc(200, 'x')
const MEGABYTE = Buffer.alloc(1024 * 1024, 'x')

const server = createServer((request, response) => {
  response.setHeader('Content-Type', 'text/plain')
  response.end(request.url === '/bench' ? ONE : request.url === '/' ? TEXT : MEGABYTE)
})
server.listen(Number(process.env.WHOAMI_PORT_NUMBER), '127.0.0.1')
// Node keeps what it has compiled when a process exits.
process.on('SIGTERM', () => process.exit())
