/** What to set where nsqd refuses us, in a sentence; undefined for an nsqd that is only away. */
export function refusalOf(error: Error & { syscall?: string }): string | undefined {
  // Of the network: connecting, reading, writing.
  if (error.syscall !== undefined) return undefined
  const [, remedy] = REMEDIES.find(([said]) => said.test(error.message)) ?? []
  return `nsqd refuses us: ${error.message.replace(/\.$/, '')}.${remedy ? ` ${remedy}` : ''}`
}

const REMEDIES = [
  [/TLS required/, 'It takes connections with TLS only (-tls-required): set NSQ_TLS.'],
  [/nsqd has no TLS/, 'Give it a certificate (-tls-cert, -tls-key), or set NSQ_TLS=off.'],
  [/certificate|altnames/i, 'Check NSQ_TLS_CA_FILE and the certificate of nsqd.'],
  [/E_AUTH|E_UNAUTHORIZED/, 'Check NSQ_AUTH_SECRET.'],
  [/heartbeat interval/, 'Raise its -max-heartbeat-interval.'],
] as const
