import type { ProtoGrpcType as EchoTypes } from './generated/echo.ts'
import type { ProtoGrpcType as WhoamiTypes } from './generated/whoami.ts'
import { load } from './load.ts'

export type { EchoServiceHandlers } from './generated/livepods/whoami/v1/EchoService.ts'
export type { WhoamiHandlers } from './generated/whoami/Whoami.ts'

const original = load<WhoamiTypes>('whoami/whoami.proto')
const ours = load<EchoTypes>('livepods/whoami/v1/echo.proto')

/** `whoami`: the service of traefik/whoami, for its clients. */
export const whoami = original.types.whoami

/** `livepods.whoami.v1`: calls and streams that come back. */
export const echo = ours.types.livepods.whoami.v1

/** What reflection says about both. */
export const whoamiDefinition = { ...original.described, ...ours.described }
