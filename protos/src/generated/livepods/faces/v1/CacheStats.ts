// Original file: livepods/faces/v1/faces.proto

import type { Long } from '@grpc/proto-loader';

export interface CacheStats {
  'entries'?: (number);
  'bytes'?: (number | string | Long);
  'hits'?: (number | string | Long);
  'misses'?: (number | string | Long);
}

export interface CacheStats__Output {
  'entries': (number);
  'bytes': (string);
  'hits': (string);
  'misses': (string);
}
