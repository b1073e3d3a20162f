// Original file: whoami/whoami.proto


export interface BenchReply {
  'data'?: (number);
}

export interface BenchReply__Output {
  'data': (number);
}
