import { AccessEnv, AccessTokenEnv } from '@livepods/access/env'
import { ProxyEnv } from '@livepods/http/env'
import { ImagesEnv } from '@livepods/images/env'
import { LinkList } from '@livepods/page/env'
import { address, port, ServiceEnv } from '@livepods/service/env'
import { DatabaseEnv } from '@livepods/sql/env'
import { type Static, Type } from 'typebox'

const StatusUrls = '^([^=,]+=http://[^,]+(,|$))*$'

export const FrontendEnv = Type.Object({
  ...ServiceEnv,
  ...AccessEnv,
  ...AccessTokenEnv,
  ...ProxyEnv,
  FRONTEND_PORT: port(8081, 'port of the pages'),
  ...DatabaseEnv,
  ...ImagesEnv,
  FACE_THRESHOLD: Type.Number({
    exclusiveMinimum: 0,
    maximum: 2,
    default: 0.6,
    description: 'largest distance of the same person; the same number as face-recognition has',
  }),
  STATUS_URLS: Type.String({
    pattern: StatusUrls,
    default: '',
    description:
      'ops ports that the Status page polls: name=http://host:port, comma separated; every address of a host is polled',
  }),
  CHAIN_URLS: Type.String({
    pattern: StatusUrls,
    default: '',
    description: 'the former name of STATUS_URLS, which wins',
  }),
  RECEIVER_URL: address('http URL', 'where photos go that people send; shown on the empty page', {
    default: 'http://localhost:8000',
  }),
  FAILURES_URL: Type.Optional(
    Type.String({
      pattern: '^(https?://|/)',
      description: 'where docs/failures.md can be read; linked where the pages tell of failures',
    }),
  ),
  GRPC_ADDRESS: address('host:port or dns:///host:port', 'face-recognition, which changes known people', {
    default: 'localhost:50051',
  }),
  NAVIGATION: Type.String({
    pattern: LinkList,
    default: '',
    description: 'pages of other services: name=http://…, comma separated',
  }),
})

export type FrontendConfig = Static<typeof FrontendEnv>
