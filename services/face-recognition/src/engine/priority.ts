import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'

/** Niceness of threads that compute. */
const NICE = 10
/** Names of threads, as the kernel has them, that decode pictures; they read files, too, and that may wait. */
const DECODERS = /^(libuv-worker|libvips worker)/

/**
 * Lets the event loop of the main thread go before this thread and before those that decode pictures, whenever there are fewer cores than
 * work: an answer is short, a net is not. Only on Linux a thread has a priority of its own; elsewhere, and where it is not allowed, all stays.
 */
export function goBehindMainThread(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), NICE)
    for (const thread of readdirSync('/proc/self/task'))
      if (DECODERS.test(readFileSync(`/proc/self/task/${thread}/comm`, 'utf8'))) setPriority(Number(thread), NICE)
  } catch {
    // No /proc, or a sandbox: then they share the cores evenly, which is slower under load and no mistake.
  }
}
