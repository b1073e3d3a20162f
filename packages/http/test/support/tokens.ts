import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Access } from '@livepods/access'
import { createLog } from '@livepods/service'

export const READ = 'read-token-0123456789'
export const SUBMIT = 'submit-token-0123456789'
export const MANAGE = 'manage-token-0123456789'

/** Access for these three. */
export async function tokens() {
  const folder = await mkdtemp(join(tmpdir(), 'livepods-http-'))
  const file = join(folder, 'tokens')
  await writeFile(file, `${READ} read reader\n${SUBMIT} submit camera\n${MANAGE} manage anna\n`)
  const access = await Access.open({ HOST: '127.0.0.1', ACCESS_TOKENS_FILE: file }, createLog('test', 'silent'))
  return {
    access,
    [Symbol.asyncDispose]: async () => {
      await access[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
