// Original file: livepods/whoami/v1/echo.proto


export interface EchoRequest {
  'payload'?: (Buffer | Uint8Array | string);
  'failWith'?: (number);
}

export interface EchoRequest__Output {
  'payload': (Buffer);
  'failWith': (number);
}
