const LOOK_EVERY_MS = 1

/**
 * Watches the turns of this thread's event loop until `longest` is called, which gives the milliseconds of CPU that the longest one took.
 * Unlike the clock it does not count the time in which other programs had the CPU.
 */
export function watchTurns(): { longest(): number } {
  const spent = () => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  }
  let longest = 0
  let last = spent()
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
      return longest
    },
  }
}
