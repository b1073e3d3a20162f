import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { test } from 'node:test'
import helmet from 'helmet'
import { SECURITY_HEADERS } from '../src/security-headers.ts'

test('the headers are those that helmet sets with our policies', () => {
  const headers: Record<string, string> = {}
  const response = {
    setHeader: (name: string, value: string) => {
      headers[name.toLowerCase()] = value
    },
    removeHeader: () => {},
  }
  const directives = SECURITY_HEADERS['content-security-policy'].split(';').map((directive) => {
    const [name = '', ...sources] = directive.split(' ')
    return [name, sources] as const
  })
  // It throws for a directive or a source that is none.
  const secure = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: Object.fromEntries(directives) },
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: false,
    originAgentCluster: false,
  })
  secure({} as IncomingMessage, response as unknown as ServerResponse, assert.ifError)
  assert.deepEqual(headers, SECURITY_HEADERS)
})
