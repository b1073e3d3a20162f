import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEnvironment } from '@livepods/service'
import { Env } from '../src/config.ts'

const good = {
  MYSQL_CONNECTION: 'mysql',
  MYSQL_USERPASSWORD: 'root:password123',
  NSQ_LOOKUP_ADDRESS: 'nsqlookup:4161',
  PRODUCER_ADDRESS: 'nsqd:4150',
  GRPC_ADDRESS: 'face-recog:50051',
}

test("kube-cluster-sample's variables are enough", () => {
  const config = readEnvironment(Env, good)
  assert.deepEqual([config.MAX_ATTEMPTS, config.LEASE_SECONDS, config.BREAKER_FAILURES], [5, 30, 5])
})

test('a bad value is named, with what is allowed; a secret is not printed', () => {
  const bad = {
    ...good,
    MAX_ATTEMPTS: '0',
    LEASE_SECONDS: 'long',
    GRPC_ADDRESS: 'face-recog',
    MYSQL_CONNECTION: 'mysql:3306',
    MYSQL_USERPASSWORD: 'secret',
    NSQ_LOOKUP_ADDRESS: 'x',
  }
  assert.throws(
    () => readEnvironment(Env, bad),
    (error: Error) => {
      for (const name of Object.keys(bad).filter((name) => name !== 'PRODUCER_ADDRESS')) {
        assert.match(error.message, new RegExp(`${name} is`))
      }
      return !error.message.includes('secret')
    },
  )
})
