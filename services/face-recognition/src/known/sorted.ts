/** Where the name is in a list sorted by name (UTF-16), or would have to be put. */
export function placeOf(name: string, sorted: readonly { name: string }[]): number {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((sorted[middle] as { name: string }).name < name) from = middle + 1
    else to = middle
  }
  return from
}
