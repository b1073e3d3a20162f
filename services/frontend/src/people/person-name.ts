import { randomBytes } from 'node:crypto'
import { ProblemError } from '@livepods/http'

/** The width of the column, in characters. */
const MOST = 255

/** The name as it is kept: trimmed, composed (NFC). Throws ProblemError 400 with a sentence when it can be nobody's. */
export function checkedName(text: string): string {
  if (!text.isWellFormed()) throw new ProblemError(400, 'The name is not well-formed Unicode. Write it again.')
  const name = text.normalize('NFC').trim()
  if (name === '') throw new ProblemError(400, 'The name is empty. Write who it is.')
  const length = [...name].length
  if (length > MOST)
    throw new ProblemError(400, `The name has ${length} characters; ${MOST} is the limit. Write a shorter one.`)
  if (/\p{Cc}/u.test(name))
    throw new ProblemError(400, 'The name contains a control character, such as a line break. Leave it out.')
  return name
}

/** A new key for a person, which is also the name of a folder: readable where the name has letters, and nobody else's. */
export function newKey(name: string): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '')
  return `${[...words].slice(0, 24).join('') || 'person'}-${randomBytes(4).toString('hex')}`
}
