// Paths stand here as they came, one character for each byte (latin1).

/** How Go writes the path of a request: as it came if every character may stand in a path, else decoded and encoded anew. */
export function escapedPath(path: string): string {
  if (/^[\w.~$&+,/:;=@!'()*[\]%-]*$/.test(path)) return path
  return decoded(path).replace(/[^\w.~$&+,/:;=@-]/g, escaped)
}

/** Whether every % begins an escape. */
export function isPath(path: string): boolean {
  return !path.includes('%') || !/%(?![\da-fA-F]{2})/.test(path)
}

/** The path without `//`, `.` and `..`, as Go's path.Clean makes it; a slash at the end stays. */
export function cleanPath(path: string): string {
  if (path.startsWith('/') && !path.includes('//') && !path.includes('/.')) return path
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}${path.endsWith('/') && kept.length > 0 ? '/' : ''}`
}

/** What a path is compared with routes by: without escapes. */
export function decoded(path: string): string {
  return path.replace(/%([\da-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** Bytes beyond ASCII as escapes, for a Location. */
export function asciiOnly(text: string): string {
  return text.replace(/[\u0080-\u00ff]/g, escaped)
}

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
