import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { EchoClientStreamRequest as _livepods_whoami_v1_EchoClientStreamRequest, EchoClientStreamRequest__Output as _livepods_whoami_v1_EchoClientStreamRequest__Output } from './livepods/whoami/v1/EchoClientStreamRequest.ts';
import type { EchoClientStreamResponse as _livepods_whoami_v1_EchoClientStreamResponse, EchoClientStreamResponse__Output as _livepods_whoami_v1_EchoClientStreamResponse__Output } from './livepods/whoami/v1/EchoClientStreamResponse.ts';
import type { EchoRequest as _livepods_whoami_v1_EchoRequest, EchoRequest__Output as _livepods_whoami_v1_EchoRequest__Output } from './livepods/whoami/v1/EchoRequest.ts';
import type { EchoResponse as _livepods_whoami_v1_EchoResponse, EchoResponse__Output as _livepods_whoami_v1_EchoResponse__Output } from './livepods/whoami/v1/EchoResponse.ts';
import type { EchoServerStreamRequest as _livepods_whoami_v1_EchoServerStreamRequest, EchoServerStreamRequest__Output as _livepods_whoami_v1_EchoServerStreamRequest__Output } from './livepods/whoami/v1/EchoServerStreamRequest.ts';
import type { EchoServerStreamResponse as _livepods_whoami_v1_EchoServerStreamResponse, EchoServerStreamResponse__Output as _livepods_whoami_v1_EchoServerStreamResponse__Output } from './livepods/whoami/v1/EchoServerStreamResponse.ts';
import type { EchoServiceClient as _livepods_whoami_v1_EchoServiceClient, EchoServiceDefinition as _livepods_whoami_v1_EchoServiceDefinition } from './livepods/whoami/v1/EchoService.ts';
import type { EchoStreamRequest as _livepods_whoami_v1_EchoStreamRequest, EchoStreamRequest__Output as _livepods_whoami_v1_EchoStreamRequest__Output } from './livepods/whoami/v1/EchoStreamRequest.ts';
import type { EchoStreamResponse as _livepods_whoami_v1_EchoStreamResponse, EchoStreamResponse__Output as _livepods_whoami_v1_EchoStreamResponse__Output } from './livepods/whoami/v1/EchoStreamResponse.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  livepods: {
    whoami: {
      v1: {
        EchoClientStreamRequest: MessageTypeDefinition<_livepods_whoami_v1_EchoClientStreamRequest, _livepods_whoami_v1_EchoClientStreamRequest__Output>
        EchoClientStreamResponse: MessageTypeDefinition<_livepods_whoami_v1_EchoClientStreamResponse, _livepods_whoami_v1_EchoClientStreamResponse__Output>
        EchoRequest: MessageTypeDefinition<_livepods_whoami_v1_EchoRequest, _livepods_whoami_v1_EchoRequest__Output>
        EchoResponse: MessageTypeDefinition<_livepods_whoami_v1_EchoResponse, _livepods_whoami_v1_EchoResponse__Output>
        EchoServerStreamRequest: MessageTypeDefinition<_livepods_whoami_v1_EchoServerStreamRequest, _livepods_whoami_v1_EchoServerStreamRequest__Output>
        EchoServerStreamResponse: MessageTypeDefinition<_livepods_whoami_v1_EchoServerStreamResponse, _livepods_whoami_v1_EchoServerStreamResponse__Output>
        EchoService: SubtypeConstructor<typeof grpc.Client, _livepods_whoami_v1_EchoServiceClient> & { service: _livepods_whoami_v1_EchoServiceDefinition }
        EchoStreamRequest: MessageTypeDefinition<_livepods_whoami_v1_EchoStreamRequest, _livepods_whoami_v1_EchoStreamRequest__Output>
        EchoStreamResponse: MessageTypeDefinition<_livepods_whoami_v1_EchoStreamResponse, _livepods_whoami_v1_EchoStreamResponse__Output>
      }
    }
  }
}

