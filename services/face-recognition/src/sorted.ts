/** Where the name is in a list sorted by name (UTF-16), or would have to be put. */
export function placeOf(name: string, sorted: readonly { name: string }[]): number {
  return placeBy(sorted.length, (at) => (sorted[at] as { name: string }).name < name)
}

/** The same in a list of names. */
export function placeAmong(name: string, sorted: readonly string[]): number {
  return placeBy(sorted.length, (at) => (sorted[at] as string) < name)
}

function placeBy(length: number, isBefore: (at: number) => boolean): number {
  let [from, to] = [0, length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (isBefore(middle)) from = middle + 1
    else to = middle
  }
  return from
}
