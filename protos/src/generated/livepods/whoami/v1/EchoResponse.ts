// Original file: livepods/whoami/v1/echo.proto


export interface EchoResponse {
  'payload'?: (Buffer | Uint8Array | string);
  'hostname'?: (string);
}

export interface EchoResponse__Output {
  'payload': (Buffer);
  'hostname': (string);
}
