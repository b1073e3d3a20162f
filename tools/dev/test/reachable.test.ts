import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkHost } from '../src/reachable.ts'

test('beyond loopback a file of tokens is needed, and it is said how to make one', () => {
  checkHost('127.0.0.1', undefined)
  checkHost('::1', undefined)
  checkHost('0.0.0.0', 'tokens')
  assert.throws(
    () => checkHost('0.0.0.0', undefined),
    /openssl rand -hex 24\) manage me" > tokens\n +ACCESS_TOKENS_FILE=tokens npx -y pnpm@12 dev --host 0\.0\.0\.0/,
  )
})

test('an address of another machine is refused', () => {
  // Of documentation (RFC 5737): nobody has it.
  assert.throws(() => checkHost('203.0.113.7', 'tokens'), /--host 203\.0\.113\.7 is no address of this machine/)
})
