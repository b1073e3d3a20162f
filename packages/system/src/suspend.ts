import type { ChildProcess } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Started } from './started.ts'

/** Sends SIGSTOP and resolves when every thread has stopped. When kill() returns the signal is only on its way: a thread may still answer. */
export async function suspend(process: Pick<ChildProcess | Started, 'pid' | 'kill'>): Promise<void> {
  process.kill('SIGSTOP')
  while (!(await states(process.pid)).every((state) => state === 'T')) await sleep(1)
}

/** One letter per thread: proc_pid_stat(5), the field after the name, which may contain anything. */
async function states(pid = 0): Promise<(string | undefined)[]> {
  const threads = `/proc/${pid}/task`
  const stats = (await readdir(threads)).map((thread) => readFile(join(threads, thread, 'stat'), 'utf8'))
  return (await Promise.all(stats)).map((stat) => stat.slice(stat.lastIndexOf(')')).split(' ')[1])
}
