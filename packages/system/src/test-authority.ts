import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface CertificateFiles {
  cert: string
  key: string
}

/** An authority of a test with the certificates that it signs, as files (PEM) in a folder of its own. */
export class TestAuthority implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'livepods-authority-'))
  /** Its own certificate. */
  readonly ca = join(this.folder, 'ca.pem')
  #made = 0

  constructor(name = 'test authority') {
    this.#openssl(['req', '-x509', ...KEY, '-days', '2', '-subj', `/CN=${name}`, '-keyout', 'ca.key', '-out', 'ca.pem'])
  }

  /** @param names subject alternative names, such as DNS:localhost or IP:127.0.0.1 */
  issue(names: string): CertificateFiles {
    const name = `certificate-${++this.#made}`
    const [cert, key] = [join(this.folder, `${name}.pem`), join(this.folder, `${name}.key`)]
    writeFileSync(join(this.folder, 'extensions'), `subjectAltName=${names}\n`)
    this.#openssl(['req', ...KEY, '-subj', `/CN=${name}`, '-keyout', key, '-out', 'request'])
    const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'extensions']
    this.#openssl(['x509', '-req', '-days', '2', '-in', 'request', ...signing, '-out', cert])
    return { cert, key }
  }

  #openssl(args: string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] })
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** Puts the content of one file in the place of another at once, as a renewed certificate comes. */
export function replaceFile(file: string, by: string): void {
  copyFileSync(by, `${file}.new`)
  renameSync(`${file}.new`, file)
}
