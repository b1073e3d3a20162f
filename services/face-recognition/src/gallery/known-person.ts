/** Names that cameras and phones give to files, followed by digits and signs: they say nothing about who is on them. */
const CAMERA =
  /^(img|image|dsc|dscn|dscf|sam|dji|gopr|gp|pxl|mvimg|cimg|photo|foto|picture|pic|bild|scan|unnamed|untitled|download)[^\p{L}]*(wa[^\p{L}]*)?$/iu
/** These go on in words: "Screenshot from …", "WhatsApp Image … at …". */
const SENTENCE = /^(screenshot|screen shot|bildschirmfoto|whatsapp image)\b/i
/** What is put behind the name of a copy: "anna (5)", "anna - Copy", "anna - Copy (2)". */
const COPY = /\s*(\(\d+\)|-\s*(copy|kopie|copie|copia|cópia))$/iu
/** Behind a name, with or without the time of day: "anna 2024-01-31", "anna_20240131_120000". */
const DATE =
  /[\s_.-]*(19|20)\d\d[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])([\sT_.-]+\d\d[-_.:]?\d\d([-_.:]?\d\d)?)?$/
const NUMBER = /[\s_.-]*\d+$/

/**
 * The key that a known image has by its path relative to KNOWN_PEOPLE alone: the top folder that it lies in, or, at the top level, its name
 * without signs of a copy, a date and trailing digits (`hannibal_1.jpg` → `hannibal`). Where nothing or only a camera's name is left, the
 * whole stem. Files of one such key need not show one person: see PersonKeys.
 */
export function personOf(imageName: string): string {
  const stem = stemOf(imageName)
  if (imageName.includes('/')) return stem
  const name = withoutCopies(stem)
  const person = withoutCopies(DATE.test(name) ? name.replace(DATE, '') : name.replace(NUMBER, ''))
  return /\p{L}/u.test(person) && !CAMERA.test(person) && !SENTENCE.test(person) ? person : stem
}

/** The key of an image that shares it with no other at the top level. */
export function stemOf(imageName: string): string {
  const [folder, ...rest] = imageName.split('/') as [string, ...string[]]
  return rest.length > 0 ? keyOf(folder) : keyOf(folder).replace(/\.[^.]*$/, '')
}

function withoutCopies(name: string): string {
  const shorter = name.replace(COPY, '')
  return shorter === name ? name : withoutCopies(shorter)
}

/**
 * One name for all its spellings: macOS writes é as e and an accent (NFD), others as one letter (NFC), and to the database "anna " is
 * "anna".
 */
export function keyOf(name: string): string {
  return name.normalize('NFC').trimEnd() || name
}

/** What the names of a person's images may begin with, in their order. */
export function spellingsOf(person: string): string[] {
  return [...new Set([person.normalize('NFD'), person.normalize('NFC')])].sort()
}
