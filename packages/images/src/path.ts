/** The width of the column that keeps it, in characters. */
const MAX_CHARACTERS = 512

/** The path is not allowed, whatever lies there; `message` is a sentence for the client. */
export class PathRefusedError extends Error {
  override readonly name = 'PathRefusedError'
  readonly code = 'PATH_REFUSED'
}

/** What is wrong with the text of a path, in a sentence, or undefined. Where it leads to is for `ImageRoots.locate` to say. */
export function checkPath(path: string): string | undefined {
  if (path === '') return 'The path is empty.'
  // MySQL compares text with its trailing spaces cut off: "a.jpg" and "a.jpg " would be one row.
  if (path !== path.trim()) return 'The path begins or ends with white space.'
  if (/\p{Cc}/u.test(path)) return 'The path contains a control character.'
  if (!path.isWellFormed()) return 'The path is not well-formed Unicode.'
  if ([...path].length > MAX_CHARACTERS) return `The path is longer than ${MAX_CHARACTERS} characters.`
  if (path.includes('\\')) return 'The path contains a backslash; folders are separated by "/".'
  if (/^[a-z][a-z\d+.-]*:\/|^data:/i.test(path)) return 'The path is a URL; only files are read.'
  if (path.split('/').includes('..')) return 'The path contains a ".." segment.'
  if (path.endsWith('/')) return 'The path names a folder, not a picture.'
  return undefined
}
