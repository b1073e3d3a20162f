// Original file: facerecog/face.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { IdentifyRequest as _facerecog_IdentifyRequest, IdentifyRequest__Output as _facerecog_IdentifyRequest__Output } from '../facerecog/IdentifyRequest.ts';
import type { IdentifyResponse as _facerecog_IdentifyResponse, IdentifyResponse__Output as _facerecog_IdentifyResponse__Output } from '../facerecog/IdentifyResponse.ts';

export interface IdentifyClient extends grpc.Client {
  Identify(argument: _facerecog_IdentifyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_facerecog_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  Identify(argument: _facerecog_IdentifyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_facerecog_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  Identify(argument: _facerecog_IdentifyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_facerecog_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  Identify(argument: _facerecog_IdentifyRequest, callback: grpc.requestCallback<_facerecog_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  identify(argument: _facerecog_IdentifyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_facerecog_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  identify(argument: _facerecog_IdentifyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_facerecog_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  identify(argument: _facerecog_IdentifyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_facerecog_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  identify(argument: _facerecog_IdentifyRequest, callback: grpc.requestCallback<_facerecog_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface IdentifyHandlers extends grpc.UntypedServiceImplementation {
  Identify: grpc.handleUnaryCall<_facerecog_IdentifyRequest__Output, _facerecog_IdentifyResponse>;
  
}

export interface IdentifyDefinition extends grpc.ServiceDefinition {
  Identify: MethodDefinition<_facerecog_IdentifyRequest, _facerecog_IdentifyResponse, _facerecog_IdentifyRequest__Output, _facerecog_IdentifyResponse__Output>
}
