import { AccessRefusedError } from '@livepods/access'
import { ProblemError, refusal } from '@livepods/http'
import { StreamRefusedError } from '../hub/stream-refused-error.ts'
import { ProtocolError } from '../protocol-error.ts'

/** Which ProblemError an error of the media server is to the client; undefined for one that nobody expected. */
export function toProblem(error: unknown): ProblemError | undefined {
  if (error instanceof ProblemError) return error
  if (error instanceof ProtocolError) return new ProblemError(400, `The media cannot be read: ${error.message}.`)
  return error instanceof StreamRefusedError ? ofRefusal(error) : undefined
}

function ofRefusal(refused: StreamRefusedError): ProblemError {
  const { code, message, cause } = refused
  switch (code) {
    case 'UNAUTHORIZED':
      return cause instanceof AccessRefusedError ? refusal(cause) : new ProblemError(403, message, { cause: refused })
    case 'BAD_NAME':
    case 'ABSENT':
      return new ProblemError(404, message, { cause: refused })
    case 'TAKEN':
      return new ProblemError(409, message, { cause: refused })
    case 'STOPPING':
      return new ProblemError(503, message, { cause: refused, headers: { 'retry-after': '1' } })
  }
}
