import { checkPath, type ImageFormat } from '@livepods/images'
import { isSystemFolder, PICTURE } from './known-files.ts'

/** What was asked for cannot be: a name that is none, a picture that is none. `message` is a sentence for the client. */
export class ChangeRefusedError extends Error {
  override readonly name = 'ChangeRefusedError'
  readonly code = 'CHANGE_REFUSED'
}

const MAX_PERSON_BYTES = 200
/** The width of the column that keeps the name of an image, in characters; and of a file system, in bytes of one part. */
const MAX_NAME_CHARACTERS = 255
const MAX_PART_BYTES = 255

/** Throws ChangeRefusedError unless the text can be the key of a person: the name of one folder of the known people. */
export function requirePerson(person: string): void {
  const fault = person === '' ? 'The person is missing.' : checkPath(person)
  if (fault !== undefined) throw new ChangeRefusedError(fault.replace('The path', 'The person'))
  if (person.includes('/')) throw new ChangeRefusedError('The person contains a "/"; it is the name of one folder.')
  if (person.startsWith('.')) throw new ChangeRefusedError('The person begins with "."; such folders are hidden.')
  if (isSystemFolder(person))
    throw new ChangeRefusedError('The person has the name of a folder of the system; such folders are passed over.')
  if (Buffer.byteLength(person) > MAX_PERSON_BYTES)
    throw new ChangeRefusedError(`The person is longer than ${MAX_PERSON_BYTES} bytes.`)
}

export function isImageName(name: string): boolean {
  try {
    requireImageName(name)
    return true
  } catch {
    return false
  }
}

/**
 * Throws ChangeRefusedError unless the text can be the name of a known image: relative to the known people, nothing hidden, a picture's
 * end.
 */
export function requireImageName(name: string): void {
  const fault = name === '' ? 'The name of the image is missing.' : checkPath(name)
  if (fault !== undefined) throw new ChangeRefusedError(fault)
  const parts = name.split('/')
  if (parts.some((part) => part === '' || part.startsWith('.')))
    throw new ChangeRefusedError(
      'The name of the image is relative to the known people, and no part of it is empty or hidden.',
    )
  if (!PICTURE.test(name)) throw new ChangeRefusedError('The name of the image does not end like that of a picture.')
}

const ENDS: Partial<Record<ImageFormat, string>> = { jpeg: '.jpg', png: '.png', webp: '.webp' }

/**
 * The names that a person's image may get, best first: the wish with the end that fits the bytes, then one made unlike others by the
 * picture's hash. Throws ChangeRefusedError when the wish is no file name.
 */
export function namesFor({
  person,
  wish,
  content,
  format,
}: {
  person: string
  wish: string
  /** SHA-256 of the bytes in hex. */
  content: string
  format: ImageFormat
}): string[] {
  const end = ENDS[format] ?? `.${format}`
  if (wish === '') return [`${person}/${content.slice(0, 32)}${end}`, `${person}/${content}${end}`]
  const fault = checkPath(wish)
  if (fault !== undefined) throw new ChangeRefusedError(fault.replace('The path', 'The name'))
  if (wish.includes('/') || wish.startsWith('.'))
    throw new ChangeRefusedError('The name contains a "/" or begins with "."; it is that of one file.')
  const stem = wish.replace(PICTURE, '')
  return fitting([`${person}/${stem}${end}`, `${person}/${stem}-${content.slice(0, 16)}${end}`])
}

/** The same for an image that is given to another person, and keeps its name where that is free. */
export function namesAfterMove({ name, person, content }: { name: string; person: string; content: string }): string[] {
  const file = name.slice(name.lastIndexOf('/') + 1)
  return fitting(namesBeside(`${person}/${file}`, content))
}

/** The name itself, and one made unlike others by the picture's hash. */
export function namesBeside(name: string, content: string): string[] {
  const dot = name.lastIndexOf('.')
  return [name, `${name.slice(0, dot)}-${content.slice(0, 16)}${name.slice(dot)}`]
}

function fitting(names: string[]): string[] {
  const longest = names.at(-1) as string
  const part = longest.slice(longest.lastIndexOf('/') + 1)
  if ([...longest].length > MAX_NAME_CHARACTERS || Buffer.byteLength(part) > MAX_PART_BYTES)
    throw new ChangeRefusedError(
      `The name is too long: person and file name together have room for ${MAX_NAME_CHARACTERS} characters.`,
    )
  return names
}
