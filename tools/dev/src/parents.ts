import { readFileSync } from 'node:fs'

const EVERY_MS = 500

/**
 * Aborts when `pnpm`, or what started it, is gone: `npx` passes SIGTERM to nobody, it just ends, and the suite would run on with
 * nothing left to stop it. Where there is no /proc only the direct parent is watched.
 */
export function parentsGone(): AbortSignal {
  const gone = new AbortController()
  const before = parents()
  const timer = setInterval(() => {
    if (parents().join() === before.join()) return
    clearInterval(timer)
    gone.abort()
  }, EVERY_MS)
  return gone.signal
}

/** The ids of the processes above this one up to the one that started pnpm. */
function parents(): number[] {
  const ids = [process.ppid]
  for (let pid = process.ppid; pid > 1; ) {
    const { name, parent } = stat(pid)
    ids.push(parent)
    if (!/^(sh|dash|bash)$/.test(name)) break
    pid = parent
  }
  return ids
}

/** Name and parent of a process (proc(5)). */
function stat(pid: number): { name: string; parent: number } {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [open, close] = [text.indexOf('('), text.lastIndexOf(')')]
    return { name: text.slice(open + 1, close), parent: Number(text.slice(close + 2).split(' ')[1]) }
  } catch {
    return { name: '', parent: 0 }
  }
}
