// Original file: livepods/whoami/v1/echo.proto

import type { Long } from '@grpc/proto-loader';

export interface EchoClientStreamResponse {
  'messages'?: (number | string | Long);
  'bytes'?: (number | string | Long);
}

export interface EchoClientStreamResponse__Output {
  'messages': (string);
  'bytes': (string);
}
