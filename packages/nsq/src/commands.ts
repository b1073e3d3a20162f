import type { Channel } from './channel.ts'
import type { ClientTally } from './client-tally.ts'
import type { Body } from './command-reader.ts'
import { type Identity, negotiation, readIdentity } from './identity.ts'
import { MemoryFullError } from './memory.ts'
import { readBatch } from './message-batch.ts'
import { isValidName } from './names.ts'
import type { Outbox } from './outbox.ts'
import { ProtocolError } from './protocol-error.ts'
import type { Shared } from './shared.ts'
import type { Subscription } from './subscription.ts'
import type { Topics } from './topics.ts'

/** What a command needs of the client that sent it. */
export interface CommandClient {
  readonly shared: Shared
  readonly topics: Topics
  readonly outbox: Outbox
  readonly tally: ClientTally
  readonly identity: Identity
  readonly subscription: Subscription | undefined
  /** Keeps the identity, which was `bytes` of JSON; throws MemoryFullError. */
  identify(identity: Identity, bytes: number): void
  subscribe(channel: Channel): void
}

/** Carries out one command of protocol V2; the answer says which body follows. Words and codes are those of nsqd. */
export function execute(client: CommandClient, line: string): Body | undefined {
  const [name = '', ...parameters] = line.split(' ')
  const command = COMMANDS.get(name)
  if (command === undefined) throw invalid(`invalid command ${name}`)
  return command(client, parameters)
}

type Command = (client: CommandClient, parameters: string[]) => Body | undefined

const COMMANDS = new Map<string, Command>([
  ['FIN', answering('FIN', (subscription, id) => subscription.finish(id))],
  ['RDY', ready],
  ['REQ', requeue],
  ['PUB', publish],
  ['MPUB', publishBatch],
  ['DPUB', publishDeferred],
  ['NOP', () => undefined],
  ['TOUCH', answering('TOUCH', (subscription, id) => subscription.touch(id))],
  ['SUB', subscribe],
  ['CLS', close],
  ['IDENTIFY', identify],
  ['AUTH', authenticate],
])

const MESSAGE_ID_LENGTH = 16

function identify(client: CommandClient): Body {
  const { settings } = client.shared
  if (client.subscription !== undefined) throw invalid('cannot IDENTIFY in current state')
  return sized('IDENTIFY', 'E_BAD_BODY', 'body', settings.maxBodyBytes, (bytes) => {
    const identity = readIdentity(bytes, settings)
    orFail('IDENTIFY', () => client.identify(identity, bytes.length))
    client.outbox.response(client.identity.negotiates ? negotiation(client.identity, settings) : 'OK')
  })
}

function subscribe(client: CommandClient, [topic, channel]: string[]): undefined {
  const { faults } = client.shared
  if (faults.refuseSubscriptions !== undefined) {
    faults.refused += 1
    throw invalid(faults.refuseSubscriptions)
  }
  if (client.subscription !== undefined) throw invalid('cannot SUB in current state')
  if (client.identity.heartbeatIntervalMs === 0) throw invalid('cannot SUB with heartbeats disabled')
  if (topic === undefined || channel === undefined) throw invalid('SUB insufficient number of parameters')
  checkTopic('SUB', topic)
  if (!isValidName(channel)) {
    throw new ProtocolError('E_BAD_CHANNEL', `SUB channel name ${JSON.stringify(channel)} is not valid`)
  }
  orFail('SUB', () => client.subscribe(client.topics.topic(topic).channel(channel)))
  client.outbox.response('OK')
}

function ready(client: CommandClient, [count = '1']: string[]): undefined {
  const { maxReadyCount } = client.shared.settings
  const subscription = consuming(client, 'RDY')
  if (subscription.closing) return
  const number = decimal(count)
  if (number === undefined) throw invalid(`RDY could not parse count ${count}`)
  if (number > maxReadyCount) throw invalid(`RDY count ${number} out of range 0-${maxReadyCount}`)
  subscription.setReady(number)
}

function requeue(client: CommandClient, [id, delay]: string[]): undefined {
  const subscription = consuming(client, 'REQ')
  if (id === undefined || delay === undefined) throw invalid('REQ insufficient number of params')
  checkId(id)
  const delayMs = decimal(delay)
  if (delayMs === undefined) throw invalid(`REQ could not parse timeout ${delay}`)
  // Out of range is not refused but cut, as in nsqd.
  const cut = Math.min(delayMs, client.shared.settings.maxRequeueTimeoutMs)
  orRefuse('REQ', id, () => subscription.requeue(id, cut))
}

/** FIN and TOUCH: one parameter, the id of a message in flight. */
function answering(name: string, answer: (subscription: Subscription, id: string) => void): Command {
  return (client, [id]) => {
    const subscription = consuming(client, name)
    if (id === undefined) throw invalid(`${name} insufficient number of params`)
    checkId(id)
    orRefuse(name, id, () => answer(subscription, id))
    return undefined
  }
}

function close(client: CommandClient): undefined {
  const subscription = consuming(client, 'CLS')
  if (subscription.closing) throw invalid('cannot CLS in current state')
  subscription.startClose()
  client.outbox.response('CLOSE_WAIT')
}

function publish(client: CommandClient, [topic]: string[]): Body {
  if (topic === undefined) throw invalid('PUB insufficient number of parameters')
  checkTopic('PUB', topic)
  const most = client.shared.settings.maxMessageBytes
  return sized('PUB', 'E_BAD_MESSAGE', 'message', most, (bytes) => put(client, 'PUB', topic, [bytes]))
}

function publishBatch(client: CommandClient, [topic]: string[]): Body {
  const { settings } = client.shared
  if (topic === undefined) throw invalid('MPUB insufficient number of parameters')
  checkTopic('MPUB', topic)
  return sized('MPUB', 'E_BAD_BODY', 'body', settings.maxBodyBytes, (bytes) =>
    put(client, 'MPUB', topic, readBatch(bytes, settings)),
  )
}

function publishDeferred(client: CommandClient, [topic, delay]: string[]): Body {
  const { maxRequeueTimeoutMs, maxMessageBytes } = client.shared.settings
  if (topic === undefined || delay === undefined) throw invalid('DPUB insufficient number of parameters')
  checkTopic('DPUB', topic)
  const delayMs = decimal(delay)
  if (delayMs === undefined) throw invalid(`DPUB could not parse timeout ${delay}`)
  if (delayMs > maxRequeueTimeoutMs) throw invalid(`DPUB timeout ${delayMs} out of range 0-${maxRequeueTimeoutMs}`)
  return sized('DPUB', 'E_BAD_MESSAGE', 'message', maxMessageBytes, (bytes) =>
    put(client, 'DPUB', topic, [bytes], delayMs),
  )
}

function authenticate(client: CommandClient, parameters: string[]): Body {
  if (client.subscription !== undefined) throw invalid('cannot AUTH in current state')
  if (parameters.length > 0) throw invalid('AUTH invalid number of parameters')
  return sized('AUTH', 'E_BAD_BODY', 'body', client.shared.settings.maxBodyBytes, () => {
    throw new ProtocolError('E_AUTH_DISABLED', 'AUTH disabled')
  })
}

function put(client: CommandClient, name: string, topic: string, bodies: Buffer[], delayMs = 0): void {
  orFail(name, () => client.topics.topic(topic).publish(bodies, delayMs))
  client.tally.countPublished(topic, bodies.length)
  if (!client.shared.faults.dropAcks) client.outbox.response('OK')
}

/** A body of 1 to `most` bytes, `what` being nsqd's word for it. */
function sized(
  command: string,
  code: string,
  what: 'body' | 'message',
  most: number,
  take: (bytes: Buffer) => void,
): Body {
  return {
    command,
    accept(size) {
      const invalidSize = what === 'body' ? 'invalid body size' : 'invalid message body size'
      if (size <= 0) throw new ProtocolError(code, `${command} ${invalidSize} ${size}`)
      if (size > most) throw new ProtocolError(code, `${command} ${what} too big ${size} > ${most}`)
    },
    take,
  }
}

function checkTopic(command: string, topic: string): void {
  if (isValidName(topic)) return
  throw new ProtocolError('E_BAD_TOPIC', `${command} topic name ${JSON.stringify(topic)} is not valid`)
}

function consuming({ subscription }: CommandClient, command: string): Subscription {
  if (subscription === undefined) throw invalid(`cannot ${command} in current state`)
  return subscription
}

function checkId(id: string): void {
  if (id.length !== MESSAGE_ID_LENGTH) throw invalid('invalid message ID')
}

/** Only digits count as a number, as in nsqd: a minus is a character like any other. */
function decimal(text: string): number | undefined {
  return /^[0-9]*$/.test(text) ? Number(text) : undefined
}

function orFail(command: string, action: () => void): void {
  try {
    action()
  } catch (error) {
    if (!(error instanceof MemoryFullError)) throw error
    throw new ProtocolError(`E_${command}_FAILED`, `${command} failed ${error.message}`, { cause: error })
  }
}

function orRefuse(command: string, id: string, action: () => void): void {
  try {
    action()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ProtocolError(`E_${command}_FAILED`, `${command} ${id} failed ${reason}`, { fatal: false, cause: error })
  }
}

function invalid(sentence: string): ProtocolError {
  return new ProtocolError('E_INVALID', sentence)
}
