// Original file: livepods/whoami/v1/echo.proto


export interface EchoServerStreamRequest {
  'payload'?: (Buffer | Uint8Array | string);
  'count'?: (number);
  'everyMs'?: (number);
}

export interface EchoServerStreamRequest__Output {
  'payload': (Buffer);
  'count': (number);
  'everyMs': (number);
}
