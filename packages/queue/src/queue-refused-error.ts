/** nsqd does not let us subscribe: the same attempt again has the same end, until nsqd or we are set up in another way. */
export class QueueRefusedError extends Error {
  override readonly name = 'QueueRefusedError'
  readonly code = 'QUEUE_REFUSED'
}

/** Said of one message, while the subscription goes on. */
const OF_A_MESSAGE = /^E_(FIN|REQ|TOUCH)_FAILED\b/

const REMEDIES: readonly [said: RegExp, remedy: string][] = [
  [/TLS required/i, 'Start nsqd without -tls-required: we do not speak TLS to it.'],
  [/AUTH/, 'Start nsqd without -auth-http-address: we have no secret for it.'],
  [/heartbeat interval/, 'Start nsqd with a -max-heartbeat-interval of 5s at least.'],
]

/** The refusal that an error of nsqd is, with what to do; undefined for one of the connection, or of a message. */
export function refusalIn({ message }: Error): QueueRefusedError | undefined {
  if (!message.startsWith('E_') || OF_A_MESSAGE.test(message)) return undefined
  const [, remedy = 'Look at how nsqd was started.'] = REMEDIES.find(([said]) => said.test(message)) ?? []
  return new QueueRefusedError(`nsqd refuses us: ${message}. ${remedy}`)
}
