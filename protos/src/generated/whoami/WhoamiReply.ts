// Original file: whoami/whoami.proto


export interface WhoamiReply {
  'name'?: (string);
  'hostname'?: (string);
  'iface'?: (string)[];
}

export interface WhoamiReply__Output {
  'name': (string);
  'hostname': (string);
  'iface': (string)[];
}
