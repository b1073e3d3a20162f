import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { authority, server } from './certificates.ts'

export interface CertificateFiles extends AsyncDisposable {
  variables: Record<'WHOAMI_CERT' | 'WHOAMI_KEY' | 'WHOAMI_CACERT', string>
}

/** The server's certificate, its key and its authority as files, for the life of a test. */
export async function certificateFiles(): Promise<CertificateFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'livepods-whoami-'))
  const variables = {
    WHOAMI_CERT: join(folder, 'cert.pem'),
    WHOAMI_KEY: join(folder, 'key.pem'),
    WHOAMI_CACERT: join(folder, 'ca.pem'),
  }
  await writeFile(variables.WHOAMI_CERT, server.cert)
  await writeFile(variables.WHOAMI_KEY, server.key)
  await writeFile(variables.WHOAMI_CACERT, authority)
  return { variables, [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true }) }
}
