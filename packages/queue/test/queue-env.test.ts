import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEnvironment } from '@livepods/service'
import { Type } from 'typebox'
import { ConsumerEnv, lookupAddresses, ProducerEnv, producerHttpAddress } from '../src/queue-env.ts'

const Env = Type.Object({ ...ProducerEnv, ...ConsumerEnv })

test('the HTTP port of nsqd is one above its TCP port unless it is given', () => {
  assert.equal(producerHttpAddress('127.0.0.1:4150'), 'http://127.0.0.1:4151')
  assert.equal(producerHttpAddress('[::1]:4150'), 'http://[::1]:4151')
  assert.equal(producerHttpAddress('nsqd:4150', 'nsqd:80'), 'http://nsqd:80')
})

test('several nsqlookupds are separated by commas', () => {
  const environment = { PRODUCER_ADDRESS: 'nsqd:4150', NSQ_LOOKUP_ADDRESS: 'a:4161,[::1]:4161' }
  assert.deepEqual(lookupAddresses(readEnvironment(Env, environment).NSQ_LOOKUP_ADDRESS), ['a:4161', '[::1]:4161'])
})

test('an address without a port, or with a path, is refused by name', () => {
  for (const address of ['nsqd', 'http://nsqd:4150', 'nsqd:4150/', 'nsqd:', ':4150', 'a:1,', 'nsqd:65536']) {
    const bad = { PRODUCER_ADDRESS: address, NSQ_LOOKUP_ADDRESS: address }
    assert.throws(() => readEnvironment(Env, bad), /PRODUCER_ADDRESS is.*NSQ_LOOKUP_ADDRESS is/s, address)
  }
})
