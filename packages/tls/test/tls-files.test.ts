import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempDisposable, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { createLog, EnvironmentError } from '@livepods/service'
import { type Certificates, certificates, eventually, otherCertificates } from '@livepods/testing'
import { TlsFiles } from '../src/index.ts'

const log = createLog('test', 'silent')

/** The files of a server, or client, and the variables that name them. */
async function files(who: 'server' | 'client', first: Certificates) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'livepods-tls-'))
  const path = (name: string) => join(folder.path, name)
  const config = { TLS_CERT_FILE: path('cert.pem'), TLS_KEY_FILE: path('key.pem'), TLS_CA_FILE: path('ca.pem') }
  const write = async (set: Certificates) => {
    await writeFile(config.TLS_CA_FILE, set.authority)
    await writeFile(config.TLS_KEY_FILE, set[who].key)
    await writeFile(config.TLS_CERT_FILE, set[who].cert)
  }
  await write(first)
  return { config, write, [Symbol.asyncDispose]: folder[Symbol.asyncDispose] }
}

/** A server with the files, which says whom it sees. */
async function listen(tls: TlsFiles) {
  const server = createServer(tls.serverOptions, (socket) => {
    socket.on('error', () => {})
    socket.end(String(socket.getPeerCertificate().subject?.CN))
  })
  tls.follow(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const closed = once(server, 'close')
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      server.close()
      await closed
    },
  }
}

/** What the server says; rejects when one of both does not trust the other. */
async function ask(port: number, tls: Pick<TlsFiles, 'options'>): Promise<{ seen: string; server: string }> {
  const socket: TLSSocket = connect({ host: '127.0.0.1', port, ...tls.options })
  await once(socket, 'secureConnect')
  const server = String(socket.getPeerCertificate().subject.CN)
  const seen = Buffer.concat(await socket.toArray()).toString()
  if (seen === '') throw new Error('the server ended the connection')
  return { seen, server }
}

test('both sides show their certificates, and after a renewal the new ones, while they run', async () => {
  await using ofServer = await files('server', certificates)
  await using ofClient = await files('client', certificates)
  await using server = await TlsFiles.ofServer(ofServer.config, { log, everyMs: 10 })
  await using client = await TlsFiles.ofClient(ofClient.config, { log, everyMs: 10 })
  assert.ok(server && client)
  await using listening = await listen(server)
  assert.deepEqual(await ask(listening.port, client), { seen: 'first client', server: 'first server' })
  await ofServer.write(otherCertificates)
  await ofClient.write(otherCertificates)
  await eventually(async () => {
    assert.deepEqual(await ask(listening.port, client), { seen: 'second client', server: 'second server' })
  })
})

test('a client without a certificate, or with that of another authority, is refused, and a server of another authority, too', async () => {
  await using ofServer = await files('server', certificates)
  await using server = await TlsFiles.ofServer(ofServer.config, { log })
  assert.ok(server)
  await using listening = await listen(server)
  const { authority: ca, client } = certificates
  for (const options of [{ ca }, { ca, ...otherCertificates.client }])
    await assert.rejects(ask(listening.port, { options }), /certificate required|the server ended|ECONNRESET/)
  const options = { ...client, ca: otherCertificates.authority }
  await assert.rejects(ask(listening.port, { options }), /certificate/)
})

test('without authorities a server takes every client', async () => {
  await using ofServer = await files('server', certificates)
  const { TLS_CA_FILE, ...config } = ofServer.config
  await using server = await TlsFiles.ofServer(config, { log })
  assert.ok(server)
  await using listening = await listen(server)
  const answer = await ask(listening.port, { options: { ca: certificates.authority } })
  assert.deepEqual(answer, { seen: 'undefined', server: 'first server' })
})

test('a certificate whose key is not there yet leaves the former ones in use', async () => {
  await using ofClient = await files('client', certificates)
  const faults: string[] = []
  const told = Object.assign(Object.create(log), {
    error: ({ fault }: { fault: string }) => void faults.push(fault),
    info: () => {},
  }) as typeof log
  await using client = await TlsFiles.ofClient(ofClient.config, { log: told, everyMs: 10 })
  await writeFile(ofClient.config.TLS_CERT_FILE, otherCertificates.client.cert)
  await eventually(() => assert.equal(faults.length, 1))
  assert.equal(client?.options.cert, certificates.client.cert)
  await writeFile(ofClient.config.TLS_KEY_FILE, otherCertificates.client.key)
  await eventually(() => assert.equal(client?.options.cert, otherCertificates.client.cert))
})

test('without variables there is no TLS', async () => {
  assert.equal(await TlsFiles.ofServer({}, { log }), undefined)
})

test('what cannot be used is refused, with the variables', async () => {
  await using some = await files('server', certificates)
  const { TLS_CERT_FILE, TLS_KEY_FILE, TLS_CA_FILE } = some.config
  const refused = async (config: Record<string, string>, sentence: RegExp, open = TlsFiles.ofServer) =>
    await assert.rejects(open(config, { log }), (error: Error) => {
      assert.ok(error instanceof EnvironmentError)
      assert.match(error.message, sentence)
      return true
    })
  await refused({ TLS_CERT_FILE }, /TLS needs both TLS_CERT_FILE and TLS_KEY_FILE/)
  await refused({ TLS_CA_FILE }, /TLS needs both/)
  await refused({ TLS_KEY_FILE }, /TLS needs both/, TlsFiles.ofClient)
  await refused({ TLS_CERT_FILE, TLS_KEY_FILE: TLS_CERT_FILE }, /TLS_CERT_FILE, TLS_KEY_FILE: /)
  await writeFile(TLS_CA_FILE, 'no certificate')
  await refused(some.config, /TLS_CERT_FILE, TLS_KEY_FILE, TLS_CA_FILE: /)
  await rm(TLS_CA_FILE)
  await refused({ TLS_CA_FILE }, /TLS_CA_FILE: ENOENT/, TlsFiles.ofClient)
})
