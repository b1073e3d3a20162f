import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { addressForOthers } from '../src/host.ts'

test('other machines find what listens everywhere under an address of the network, and nothing on loopback', () => {
  const external = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const found = addressForOthers('0.0.0.0')
  assert.ok(
    external.filter(({ internal }) => !internal).some(({ address }) => address === found) || found === undefined,
  )
  assert.equal(addressForOthers('192.0.2.9'), '192.0.2.9')
  assert.deepEqual([addressForOthers('127.0.0.1'), addressForOthers('::1')], [undefined, undefined])
})
