// node-media-server as it comes, but silent: node node-media-server.ts RTMP_PORT HTTP_PORT. It keeps its files in the working directory.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const NodeMediaServer = require('node-media-server')
const [rtmp, http] = process.argv.slice(2).map(Number)

const server = new NodeMediaServer({ bind: '127.0.0.1', rtmp: { port: rtmp }, http: { port: http } })
// The constructor has set another one.
require('node-media-server/src/core/logger.js').level = 'error'
server.run()
