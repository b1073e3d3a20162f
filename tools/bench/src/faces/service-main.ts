// A subject of the face benchmark: an engine of the service face-recognition. Arguments: backend, number of workers.
import { openServiceEngine } from './service-engine.ts'
import { serveSubject } from './subject-port.ts'

const [backend = '', workers = '1'] = process.argv.slice(2)
await serveSubject(() => openServiceEngine(backend, Number(workers)))
