/**
 * `value` as Go's encoding/json writes it: safe to stand in HTML, and a line of its own. Texts hold one character for each byte (latin1),
 * as node:http has fields; they are read as UTF-8.
 */
export function goJson(value: Record<string, unknown>): string {
  return `${JSON.stringify(value, (_, part) => (typeof part === 'string' ? utf8(part) : part)).replace(UNSAFE, escaped)}\n`
}

const UNSAFE = /[<>&\u2028\u2029]|\ud83f\udfff/g
/** Stands for a byte that is not UTF-8 until JSON.stringify is through: U+1FFFF, which is no character and never sent by anybody. */
const INVALID = '\ud83f\udfff'

function escaped(character: string): string {
  if (character === INVALID) return '\\ufffd'
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function utf8(text: string): string {
  if (!/[\u0080-\u00ff]/.test(text)) return text
  const bytes = Buffer.from(text, 'latin1')
  try {
    return strict.decode(bytes)
  } catch {
    return bytewise(bytes)
  }
}

/** Go replaces each byte that does not fit, where TextDecoder replaces several at once. */
function bytewise(bytes: Buffer): string {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((length) => isCharacter(bytes.subarray(at, at + length)))
    text += length ? bytes.toString('utf8', at, at + length) : INVALID
    at += length ?? 1
  }
  return text
}

function isCharacter(bytes: Buffer): boolean {
  try {
    return [...strict.decode(bytes)].length === 1
  } catch {
    return false
  }
}
