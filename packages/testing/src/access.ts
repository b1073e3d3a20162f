import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Access, ROLES, type Role } from '@livepods/access'
import { createLog } from '@livepods/service'

export interface TestTokens extends AsyncDisposable {
  /** For ACCESS_TOKENS_FILE: one token for each role; the name in logs is the role too. */
  file: string
  /** For ACCESS_TOKEN_FILE of a client. */
  files: Record<Role, string>
  access: Access
  headers: Record<Role, { authorization: string }>
}

const perRole = <T>(make: (role: Role) => T) =>
  Object.fromEntries(ROLES.map((role) => [role, make(role)])) as Record<Role, T>

/** The token of a role in tests. */
const tokenOf = (role: Role) => `${role}-token-0123456789`

/** Tokens for the life of a test. */
export async function testTokens(): Promise<TestTokens> {
  const folder = await mkdtemp(join(tmpdir(), 'livepods-tokens-'))
  const file = join(folder, 'tokens')
  await writeFile(file, ROLES.map((role) => `${tokenOf(role)} ${role} ${role}\n`).join(''))
  const files = perRole((role) => join(folder, role))
  for (const role of ROLES) await writeFile(files[role], tokenOf(role))
  const access = await Access.open({ HOST: '127.0.0.1', ACCESS_TOKENS_FILE: file }, createLog('test', 'silent'))
  return {
    file,
    files,
    access,
    headers: perRole((role) => ({ authorization: `Bearer ${tokenOf(role)}` })),
    [Symbol.asyncDispose]: async () => {
      await access[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
