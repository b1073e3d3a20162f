// A service without any package. Files in its folder say how it behaves: with "late" it is not ready, with "broken" it ends at once with 1,
// and with "misfit" with 78.
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'

const hasFile = (name: string) => existsSync(new URL(`../${name}`, import.meta.url))

if (hasFile('broken')) process.exit(1)
if (hasFile('misfit')) process.exit(78)
for (const event of ['SIGTERM', 'disconnect']) process.on(event, () => process.exit(0))
createServer((_request, response) => {
  const faults = hasFile('late') ? { antenna: 'no signal' } : {}
  response.statusCode = hasFile('late') ? 503 : 200
  response.end(JSON.stringify({ faults }))
}).listen(Number(process.env.OPS_PORT), '127.0.0.1')
createServer((_request, response) => response.end('hello')).listen(Number(process.env.PORT ?? 0), '127.0.0.1')
