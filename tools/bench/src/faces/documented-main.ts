// A subject of the face benchmark: @vladmandic/face-api as documented.
import { openDocumentedFaceApi } from './documented-face-api.ts'
import { serveSubject } from './subject-port.ts'

await serveSubject(openDocumentedFaceApi)
