const LOOK_EVERY_MS = 1

/**
 * Watches the turns of this thread's event loop until `longest` is called, which gives the part of all watched CPU time (0 to 1) that the
 * longest turn took: nearly 1 for work done in one piece. A share means the same on a slow machine as on a fast one, and CPU time leaves out
 * what other programs took.
 */
export function watchTurns(): { longest(): number } {
  const spent = () => {
    const { user, system } = process.threadCpuUsage()
    return user + system
  }
  const begun = spent()
  let longest = 0
  let last = begun
  const look = () => {
    const now = spent()
    longest = Math.max(longest, now - last)
    last = now
  }
  const watching = setInterval(look, LOOK_EVERY_MS)
  return {
    longest: () => {
      clearInterval(watching)
      look()
      return longest / (last - begun)
    },
  }
}
