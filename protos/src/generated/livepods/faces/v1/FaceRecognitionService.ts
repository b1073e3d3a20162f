// Original file: livepods/faces/v1/faces.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { IdentifyRequest as _livepods_faces_v1_IdentifyRequest, IdentifyRequest__Output as _livepods_faces_v1_IdentifyRequest__Output } from '../../../livepods/faces/v1/IdentifyRequest.ts';
import type { IdentifyResponse as _livepods_faces_v1_IdentifyResponse, IdentifyResponse__Output as _livepods_faces_v1_IdentifyResponse__Output } from '../../../livepods/faces/v1/IdentifyResponse.ts';

export interface FaceRecognitionServiceClient extends grpc.Client {
  Identify(argument: _livepods_faces_v1_IdentifyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  Identify(argument: _livepods_faces_v1_IdentifyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  Identify(argument: _livepods_faces_v1_IdentifyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  Identify(argument: _livepods_faces_v1_IdentifyRequest, callback: grpc.requestCallback<_livepods_faces_v1_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  identify(argument: _livepods_faces_v1_IdentifyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  identify(argument: _livepods_faces_v1_IdentifyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  identify(argument: _livepods_faces_v1_IdentifyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  identify(argument: _livepods_faces_v1_IdentifyRequest, callback: grpc.requestCallback<_livepods_faces_v1_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface FaceRecognitionServiceHandlers extends grpc.UntypedServiceImplementation {
  Identify: grpc.handleUnaryCall<_livepods_faces_v1_IdentifyRequest__Output, _livepods_faces_v1_IdentifyResponse>;
  
}

export interface FaceRecognitionServiceDefinition extends grpc.ServiceDefinition {
  Identify: MethodDefinition<_livepods_faces_v1_IdentifyRequest, _livepods_faces_v1_IdentifyResponse, _livepods_faces_v1_IdentifyRequest__Output, _livepods_faces_v1_IdentifyResponse__Output>
}
