/** What a peer sent that its protocol does not allow, or more of it than we do; its connection ends. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code = 'PROTOCOL_VIOLATION'
}
