import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { Empty as _facerecog_Empty, Empty__Output as _facerecog_Empty__Output } from './facerecog/Empty.ts';
import type { HealthCheckClient as _facerecog_HealthCheckClient, HealthCheckDefinition as _facerecog_HealthCheckDefinition } from './facerecog/HealthCheck.ts';
import type { HealthCheckResponse as _facerecog_HealthCheckResponse, HealthCheckResponse__Output as _facerecog_HealthCheckResponse__Output } from './facerecog/HealthCheckResponse.ts';
import type { IdentifyClient as _facerecog_IdentifyClient, IdentifyDefinition as _facerecog_IdentifyDefinition } from './facerecog/Identify.ts';
import type { IdentifyRequest as _facerecog_IdentifyRequest, IdentifyRequest__Output as _facerecog_IdentifyRequest__Output } from './facerecog/IdentifyRequest.ts';
import type { IdentifyResponse as _facerecog_IdentifyResponse, IdentifyResponse__Output as _facerecog_IdentifyResponse__Output } from './facerecog/IdentifyResponse.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  facerecog: {
    Empty: MessageTypeDefinition<_facerecog_Empty, _facerecog_Empty__Output>
    HealthCheck: SubtypeConstructor<typeof grpc.Client, _facerecog_HealthCheckClient> & { service: _facerecog_HealthCheckDefinition }
    HealthCheckResponse: MessageTypeDefinition<_facerecog_HealthCheckResponse, _facerecog_HealthCheckResponse__Output>
    Identify: SubtypeConstructor<typeof grpc.Client, _facerecog_IdentifyClient> & { service: _facerecog_IdentifyDefinition }
    IdentifyRequest: MessageTypeDefinition<_facerecog_IdentifyRequest, _facerecog_IdentifyRequest__Output>
    IdentifyResponse: MessageTypeDefinition<_facerecog_IdentifyResponse, _facerecog_IdentifyResponse__Output>
  }
}

