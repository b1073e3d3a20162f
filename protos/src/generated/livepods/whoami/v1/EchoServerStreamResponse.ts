// Original file: livepods/whoami/v1/echo.proto


export interface EchoServerStreamResponse {
  'payload'?: (Buffer | Uint8Array | string);
  'number'?: (number);
}

export interface EchoServerStreamResponse__Output {
  'payload': (Buffer);
  'number': (number);
}
