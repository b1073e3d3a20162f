import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'

/** Niceness of threads that compute. */
const NICE = 10

/**
 * Lets the event loop of the main thread go before this thread whenever there are fewer cores than work: an answer is short, a net is not.
 * Only on Linux a thread has a priority of its own; elsewhere, and where it is not allowed, all stays. The pool that decodes pictures keeps
 * its priority, since it also reads the files of the known people, one after the other.
 */
export function goBehindMainThread(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), NICE)
  } catch {
    // No /proc, or a sandbox: then they share the cores evenly, which is slower under load and no mistake.
  }
}
