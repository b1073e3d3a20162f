// Original file: livepods/whoami/v1/echo.proto


export interface EchoStreamRequest {
  'payload'?: (Buffer | Uint8Array | string);
}

export interface EchoStreamRequest__Output {
  'payload': (Buffer);
}
