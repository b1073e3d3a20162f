import { file } from '@livepods/service/env'

/** Of a program that serves TLS where these are set. */
export const TlsServerEnv = {
  TLS_CERT_FILE: file('certificate (PEM); with it and TLS_KEY_FILE the port speaks TLS only'),
  TLS_KEY_FILE: file('its key (PEM)'),
  TLS_CA_FILE: file('authorities (PEM): clients need a certificate of one of them'),
}

/** Of a client of TLS. */
export const TlsClientEnv = {
  TLS_CERT_FILE: file('certificate (PEM) for a server that asks for one'),
  TLS_KEY_FILE: file('its key (PEM)'),
  TLS_CA_FILE: file('authorities (PEM) of the server, in place of the well-known ones'),
}
