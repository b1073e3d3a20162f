// The least that Node can do to deliver files: node bare-files-main.ts PORT. It answers with what was PUT there.
import { createServer } from 'node:http'

const files = new Map<string, Buffer>()

const server = createServer((request, response) => {
  const { method, url = '' } = request
  const bytes = files.get(url)
  if (method === 'PUT')
    void request.toArray().then((pieces: Buffer[]) => {
      files.set(url, Buffer.concat(pieces))
      response.end()
    })
  else if (bytes) response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': bytes.length }).end(bytes)
})
server.listen(Number(process.argv[2]), '127.0.0.1')
