import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { BenchReply as _whoami_BenchReply, BenchReply__Output as _whoami_BenchReply__Output } from './whoami/BenchReply.ts';
import type { BenchRequest as _whoami_BenchRequest, BenchRequest__Output as _whoami_BenchRequest__Output } from './whoami/BenchRequest.ts';
import type { WhoamiClient as _whoami_WhoamiClient, WhoamiDefinition as _whoami_WhoamiDefinition } from './whoami/Whoami.ts';
import type { WhoamiReply as _whoami_WhoamiReply, WhoamiReply__Output as _whoami_WhoamiReply__Output } from './whoami/WhoamiReply.ts';
import type { WhoamiRequest as _whoami_WhoamiRequest, WhoamiRequest__Output as _whoami_WhoamiRequest__Output } from './whoami/WhoamiRequest.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  whoami: {
    BenchReply: MessageTypeDefinition<_whoami_BenchReply, _whoami_BenchReply__Output>
    BenchRequest: MessageTypeDefinition<_whoami_BenchRequest, _whoami_BenchRequest__Output>
    Whoami: SubtypeConstructor<typeof grpc.Client, _whoami_WhoamiClient> & { service: _whoami_WhoamiDefinition }
    WhoamiReply: MessageTypeDefinition<_whoami_WhoamiReply, _whoami_WhoamiReply__Output>
    WhoamiRequest: MessageTypeDefinition<_whoami_WhoamiRequest, _whoami_WhoamiRequest__Output>
  }
}

