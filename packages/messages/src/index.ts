export { BatchRefusedError, MessagesClient, type MessagesClientOptions, TargetUnavailableError } from './client.ts'
export { InvalidMessageError, InvalidRequestError } from './errors.ts'
export { formatLogLine, type LogLine, printable } from './log-line.ts'
export {
  type Content,
  contentFrom,
  formatMessage,
  MAX_BODY_BYTES,
  type Message,
  parseMessage,
  WireMessageSchema,
} from './message.ts'
export { nameFromHost } from './name-from-host.ts'
export { formatRelayHeader, parseRelayHeader, RELAY_HEADER, type RelayState } from './relay-header.ts'
export { MAX_BATCH_MESSAGES, MAX_REQUEST_BYTES, type RequestBody, readBatch, readMessage } from './request-body.ts'
export { formatResults, parseResults, RESULTS, type Result } from './result.ts'
