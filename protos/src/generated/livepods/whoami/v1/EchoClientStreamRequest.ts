// Original file: livepods/whoami/v1/echo.proto


export interface EchoClientStreamRequest {
  'payload'?: (Buffer | Uint8Array | string);
}

export interface EchoClientStreamRequest__Output {
  'payload': (Buffer);
}
