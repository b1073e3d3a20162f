import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog, EnvironmentError } from '@livepods/service'
import { PeerAddresses } from '../../src/cluster/peer-addresses.ts'

const log = createLog('test', 'silent')

test('peers are addresses and names; a name that cannot be found has the addresses of before', async () => {
  let answer: string[] | Error = ['10.0.0.1', 'fd00::1']
  const lookup = async () => {
    if (answer instanceof Error) throw answer
    return answer
  }
  const addresses = new PeerAddresses('peers.svc, 10.0.0.9:7000, [fd00::9]:7001', { defaultPort: 8090, log, lookup })
  const listed = [
    { host: '10.0.0.9', port: 7000 },
    { host: 'fd00::9', port: 7001 },
  ]
  const found = [{ host: '10.0.0.1', port: 8090 }, { host: 'fd00::1', port: 8090 }, ...listed]
  assert.deepEqual(await addresses.find(), found)
  answer = new Error('SERVFAIL')
  assert.deepEqual(await addresses.find(), found)
  answer = ['10.0.0.2']
  assert.deepEqual(await addresses.find(), [{ host: '10.0.0.2', port: 8090 }, ...listed])
})

test('a name that was never found has no addresses', async () => {
  const lookup = async () => await Promise.reject(new Error('NXDOMAIN'))
  assert.deepEqual(await new PeerAddresses('peers', { defaultPort: 1, log, lookup }).find(), [])
})

test('what is no address is named', () => {
  for (const text of ['', 'a:b', '10.0.0.1:99999', 'a,,b', 'fd00::1'])
    assert.throws(() => new PeerAddresses(text, { defaultPort: 1, log }), EnvironmentError, text)
})
