// The least that Node can do: answers every request as a relay does, and stores nothing.
import { createServer } from 'node:http'

const ANSWER = JSON.stringify({ stream: `bench~${'0'.repeat(36)}`, seq: 1_000_000 })
const headers = { 'content-type': 'application/json', 'content-length': ANSWER.length }

const server = createServer((request, response) => {
  request.resume()
  response.writeHead(202, headers).end(ANSWER)
})
server.listen(Number(process.env.PORT), '127.0.0.1')
// Node keeps what it has compiled when a process exits.
process.on('SIGTERM', () => process.exit())
