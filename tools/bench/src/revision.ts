import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** The commit that is measured, "and changes" where files differ from it; "unknown" outside a git repository. */
export async function revisionOf(folder: string): Promise<string> {
  const git = async (...args: string[]) => (await promisify(execFile)('git', args, { cwd: folder })).stdout.trim()
  try {
    const commit = await git('rev-parse', '--short=10', 'HEAD')
    const changes = await git('status', '--porcelain', '--', ':/', ':!/docs/benchmarks')
    return changes === '' ? commit : `${commit} and changes`
  } catch {
    return 'unknown'
  }
}
