/** app/stream, where the app may have several parts; each of letters, digits and . _ ~ - only. */
export type StreamName = string

const PART = /^[\w.~-]{1,128}$/
const MAX_PARTS = 4

/** The name that these parts of a path make, or undefined where they make none. */
export function parseStreamName(path: string): StreamName | undefined {
  const parts = path.split('/').filter((part) => part !== '')
  const isName =
    parts.length >= 2 &&
    parts.length <= MAX_PARTS &&
    parts.every((part) => PART.test(part) && part !== '.' && part !== '..')
  return isName ? parts.join('/') : undefined
}

/**
 * Name and query of what an encoder asks for by its app and its stream key: rtmp://host/app/key?query. Encoders cut that in different
 * places, so each of the two may hold parts of the path and a query.
 */
export function parseStreamKey(app: string, key: string): { name: StreamName | undefined; query: URLSearchParams } {
  const [appPath, appQuery] = splitQuery(app)
  const [keyPath, keyQuery] = splitQuery(key)
  const query = new URLSearchParams([...new URLSearchParams(appQuery), ...new URLSearchParams(keyQuery)])
  return { name: parseStreamName(`${appPath}/${keyPath}`), query }
}

function splitQuery(text: string): [path: string, query: string] {
  const at = text.indexOf('?')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
