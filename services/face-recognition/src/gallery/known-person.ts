/** Names that cameras and phones give to files, followed by digits and signs: they say nothing about who is on them. */
const CAMERA =
  /^(img|image|dsc|dscn|dscf|sam|dji|gopr|gp|pxl|mvimg|cimg|photo|foto|picture|pic|bild|scan|unnamed|untitled|download)[^\p{L}]*(wa[^\p{L}]*)?$/iu
/** These go on in words: "Screenshot from …", "WhatsApp Image … at …". */
const SENTENCE = /^(screenshot|screen shot|bildschirmfoto|whatsapp image)\b/i

/**
 * The stable key of the person on a known image, by its path relative to KNOWN_PEOPLE: the top folder that it lies in, or, at the top
 * level, its name without trailing digits (`hannibal_1.jpg` → `hannibal`). Where nothing or only a camera's name is left, the whole stem.
 */
export function personOf(imageName: string): string {
  const [folder, ...rest] = imageName.split('/') as [string, ...string[]]
  if (rest.length > 0) return keyOf(folder)
  const stem = keyOf(folder).replace(/\.[^.]*$/, '')
  const person = stem.replace(/[\s_.-]*\d+$/, '')
  return /\p{L}/u.test(person) && !CAMERA.test(person) && !SENTENCE.test(person) ? person : stem
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
