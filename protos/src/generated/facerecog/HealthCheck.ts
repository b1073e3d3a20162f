// Original file: facerecog/face.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { Empty as _facerecog_Empty, Empty__Output as _facerecog_Empty__Output } from '../facerecog/Empty.ts';
import type { HealthCheckResponse as _facerecog_HealthCheckResponse, HealthCheckResponse__Output as _facerecog_HealthCheckResponse__Output } from '../facerecog/HealthCheckResponse.ts';

export interface HealthCheckClient extends grpc.Client {
  HealthCheck(argument: _facerecog_Empty, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_facerecog_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  HealthCheck(argument: _facerecog_Empty, metadata: grpc.Metadata, callback: grpc.requestCallback<_facerecog_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  HealthCheck(argument: _facerecog_Empty, options: grpc.CallOptions, callback: grpc.requestCallback<_facerecog_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  HealthCheck(argument: _facerecog_Empty, callback: grpc.requestCallback<_facerecog_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _facerecog_Empty, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_facerecog_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _facerecog_Empty, metadata: grpc.Metadata, callback: grpc.requestCallback<_facerecog_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _facerecog_Empty, options: grpc.CallOptions, callback: grpc.requestCallback<_facerecog_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _facerecog_Empty, callback: grpc.requestCallback<_facerecog_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface HealthCheckHandlers extends grpc.UntypedServiceImplementation {
  HealthCheck: grpc.handleUnaryCall<_facerecog_Empty__Output, _facerecog_HealthCheckResponse>;
  
}

export interface HealthCheckDefinition extends grpc.ServiceDefinition {
  HealthCheck: MethodDefinition<_facerecog_Empty, _facerecog_HealthCheckResponse, _facerecog_Empty__Output, _facerecog_HealthCheckResponse__Output>
}
