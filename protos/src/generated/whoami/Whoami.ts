// Original file: whoami/whoami.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { BenchReply as _whoami_BenchReply, BenchReply__Output as _whoami_BenchReply__Output } from '../whoami/BenchReply.ts';
import type { BenchRequest as _whoami_BenchRequest, BenchRequest__Output as _whoami_BenchRequest__Output } from '../whoami/BenchRequest.ts';
import type { WhoamiReply as _whoami_WhoamiReply, WhoamiReply__Output as _whoami_WhoamiReply__Output } from '../whoami/WhoamiReply.ts';
import type { WhoamiRequest as _whoami_WhoamiRequest, WhoamiRequest__Output as _whoami_WhoamiRequest__Output } from '../whoami/WhoamiRequest.ts';

export interface WhoamiClient extends grpc.Client {
  Bench(argument: _whoami_BenchRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_whoami_BenchReply__Output>): grpc.ClientUnaryCall;
  Bench(argument: _whoami_BenchRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_whoami_BenchReply__Output>): grpc.ClientUnaryCall;
  Bench(argument: _whoami_BenchRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_whoami_BenchReply__Output>): grpc.ClientUnaryCall;
  Bench(argument: _whoami_BenchRequest, callback: grpc.requestCallback<_whoami_BenchReply__Output>): grpc.ClientUnaryCall;
  bench(argument: _whoami_BenchRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_whoami_BenchReply__Output>): grpc.ClientUnaryCall;
  bench(argument: _whoami_BenchRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_whoami_BenchReply__Output>): grpc.ClientUnaryCall;
  bench(argument: _whoami_BenchRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_whoami_BenchReply__Output>): grpc.ClientUnaryCall;
  bench(argument: _whoami_BenchRequest, callback: grpc.requestCallback<_whoami_BenchReply__Output>): grpc.ClientUnaryCall;
  
  Whoami(argument: _whoami_WhoamiRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_whoami_WhoamiReply__Output>): grpc.ClientUnaryCall;
  Whoami(argument: _whoami_WhoamiRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_whoami_WhoamiReply__Output>): grpc.ClientUnaryCall;
  Whoami(argument: _whoami_WhoamiRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_whoami_WhoamiReply__Output>): grpc.ClientUnaryCall;
  Whoami(argument: _whoami_WhoamiRequest, callback: grpc.requestCallback<_whoami_WhoamiReply__Output>): grpc.ClientUnaryCall;
  whoami(argument: _whoami_WhoamiRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_whoami_WhoamiReply__Output>): grpc.ClientUnaryCall;
  whoami(argument: _whoami_WhoamiRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_whoami_WhoamiReply__Output>): grpc.ClientUnaryCall;
  whoami(argument: _whoami_WhoamiRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_whoami_WhoamiReply__Output>): grpc.ClientUnaryCall;
  whoami(argument: _whoami_WhoamiRequest, callback: grpc.requestCallback<_whoami_WhoamiReply__Output>): grpc.ClientUnaryCall;
  
}

export interface WhoamiHandlers extends grpc.UntypedServiceImplementation {
  Bench: grpc.handleUnaryCall<_whoami_BenchRequest__Output, _whoami_BenchReply>;
  
  Whoami: grpc.handleUnaryCall<_whoami_WhoamiRequest__Output, _whoami_WhoamiReply>;
  
}

export interface WhoamiDefinition extends grpc.ServiceDefinition {
  Bench: MethodDefinition<_whoami_BenchRequest, _whoami_BenchReply, _whoami_BenchRequest__Output, _whoami_BenchReply__Output>
  Whoami: MethodDefinition<_whoami_WhoamiRequest, _whoami_WhoamiReply, _whoami_WhoamiRequest__Output, _whoami_WhoamiReply__Output>
}
