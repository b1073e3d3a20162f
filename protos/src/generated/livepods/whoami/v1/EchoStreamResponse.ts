// Original file: livepods/whoami/v1/echo.proto


export interface EchoStreamResponse {
  'payload'?: (Buffer | Uint8Array | string);
}

export interface EchoStreamResponse__Output {
  'payload': (Buffer);
}
