// Original file: livepods/whoami/v1/echo.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { EchoClientStreamRequest as _livepods_whoami_v1_EchoClientStreamRequest, EchoClientStreamRequest__Output as _livepods_whoami_v1_EchoClientStreamRequest__Output } from '../../../livepods/whoami/v1/EchoClientStreamRequest.ts';
import type { EchoClientStreamResponse as _livepods_whoami_v1_EchoClientStreamResponse, EchoClientStreamResponse__Output as _livepods_whoami_v1_EchoClientStreamResponse__Output } from '../../../livepods/whoami/v1/EchoClientStreamResponse.ts';
import type { EchoRequest as _livepods_whoami_v1_EchoRequest, EchoRequest__Output as _livepods_whoami_v1_EchoRequest__Output } from '../../../livepods/whoami/v1/EchoRequest.ts';
import type { EchoResponse as _livepods_whoami_v1_EchoResponse, EchoResponse__Output as _livepods_whoami_v1_EchoResponse__Output } from '../../../livepods/whoami/v1/EchoResponse.ts';
import type { EchoServerStreamRequest as _livepods_whoami_v1_EchoServerStreamRequest, EchoServerStreamRequest__Output as _livepods_whoami_v1_EchoServerStreamRequest__Output } from '../../../livepods/whoami/v1/EchoServerStreamRequest.ts';
import type { EchoServerStreamResponse as _livepods_whoami_v1_EchoServerStreamResponse, EchoServerStreamResponse__Output as _livepods_whoami_v1_EchoServerStreamResponse__Output } from '../../../livepods/whoami/v1/EchoServerStreamResponse.ts';
import type { EchoStreamRequest as _livepods_whoami_v1_EchoStreamRequest, EchoStreamRequest__Output as _livepods_whoami_v1_EchoStreamRequest__Output } from '../../../livepods/whoami/v1/EchoStreamRequest.ts';
import type { EchoStreamResponse as _livepods_whoami_v1_EchoStreamResponse, EchoStreamResponse__Output as _livepods_whoami_v1_EchoStreamResponse__Output } from '../../../livepods/whoami/v1/EchoStreamResponse.ts';

export interface EchoServiceClient extends grpc.Client {
  Echo(argument: _livepods_whoami_v1_EchoRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_whoami_v1_EchoResponse__Output>): grpc.ClientUnaryCall;
  Echo(argument: _livepods_whoami_v1_EchoRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_whoami_v1_EchoResponse__Output>): grpc.ClientUnaryCall;
  Echo(argument: _livepods_whoami_v1_EchoRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_whoami_v1_EchoResponse__Output>): grpc.ClientUnaryCall;
  Echo(argument: _livepods_whoami_v1_EchoRequest, callback: grpc.requestCallback<_livepods_whoami_v1_EchoResponse__Output>): grpc.ClientUnaryCall;
  echo(argument: _livepods_whoami_v1_EchoRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_whoami_v1_EchoResponse__Output>): grpc.ClientUnaryCall;
  echo(argument: _livepods_whoami_v1_EchoRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_whoami_v1_EchoResponse__Output>): grpc.ClientUnaryCall;
  echo(argument: _livepods_whoami_v1_EchoRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_whoami_v1_EchoResponse__Output>): grpc.ClientUnaryCall;
  echo(argument: _livepods_whoami_v1_EchoRequest, callback: grpc.requestCallback<_livepods_whoami_v1_EchoResponse__Output>): grpc.ClientUnaryCall;
  
  EchoClientStream(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_whoami_v1_EchoClientStreamResponse__Output>): grpc.ClientWritableStream<_livepods_whoami_v1_EchoClientStreamRequest>;
  EchoClientStream(metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_whoami_v1_EchoClientStreamResponse__Output>): grpc.ClientWritableStream<_livepods_whoami_v1_EchoClientStreamRequest>;
  EchoClientStream(options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_whoami_v1_EchoClientStreamResponse__Output>): grpc.ClientWritableStream<_livepods_whoami_v1_EchoClientStreamRequest>;
  EchoClientStream(callback: grpc.requestCallback<_livepods_whoami_v1_EchoClientStreamResponse__Output>): grpc.ClientWritableStream<_livepods_whoami_v1_EchoClientStreamRequest>;
  echoClientStream(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_whoami_v1_EchoClientStreamResponse__Output>): grpc.ClientWritableStream<_livepods_whoami_v1_EchoClientStreamRequest>;
  echoClientStream(metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_whoami_v1_EchoClientStreamResponse__Output>): grpc.ClientWritableStream<_livepods_whoami_v1_EchoClientStreamRequest>;
  echoClientStream(options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_whoami_v1_EchoClientStreamResponse__Output>): grpc.ClientWritableStream<_livepods_whoami_v1_EchoClientStreamRequest>;
  echoClientStream(callback: grpc.requestCallback<_livepods_whoami_v1_EchoClientStreamResponse__Output>): grpc.ClientWritableStream<_livepods_whoami_v1_EchoClientStreamRequest>;
  
  EchoServerStream(argument: _livepods_whoami_v1_EchoServerStreamRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_livepods_whoami_v1_EchoServerStreamResponse__Output>;
  EchoServerStream(argument: _livepods_whoami_v1_EchoServerStreamRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_livepods_whoami_v1_EchoServerStreamResponse__Output>;
  echoServerStream(argument: _livepods_whoami_v1_EchoServerStreamRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_livepods_whoami_v1_EchoServerStreamResponse__Output>;
  echoServerStream(argument: _livepods_whoami_v1_EchoServerStreamRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_livepods_whoami_v1_EchoServerStreamResponse__Output>;
  
  EchoStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_livepods_whoami_v1_EchoStreamRequest, _livepods_whoami_v1_EchoStreamResponse__Output>;
  EchoStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_livepods_whoami_v1_EchoStreamRequest, _livepods_whoami_v1_EchoStreamResponse__Output>;
  echoStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_livepods_whoami_v1_EchoStreamRequest, _livepods_whoami_v1_EchoStreamResponse__Output>;
  echoStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_livepods_whoami_v1_EchoStreamRequest, _livepods_whoami_v1_EchoStreamResponse__Output>;
  
}

export interface EchoServiceHandlers extends grpc.UntypedServiceImplementation {
  Echo: grpc.handleUnaryCall<_livepods_whoami_v1_EchoRequest__Output, _livepods_whoami_v1_EchoResponse>;
  
  EchoClientStream: grpc.handleClientStreamingCall<_livepods_whoami_v1_EchoClientStreamRequest__Output, _livepods_whoami_v1_EchoClientStreamResponse>;
  
  EchoServerStream: grpc.handleServerStreamingCall<_livepods_whoami_v1_EchoServerStreamRequest__Output, _livepods_whoami_v1_EchoServerStreamResponse>;
  
  EchoStream: grpc.handleBidiStreamingCall<_livepods_whoami_v1_EchoStreamRequest__Output, _livepods_whoami_v1_EchoStreamResponse>;
  
}

export interface EchoServiceDefinition extends grpc.ServiceDefinition {
  Echo: MethodDefinition<_livepods_whoami_v1_EchoRequest, _livepods_whoami_v1_EchoResponse, _livepods_whoami_v1_EchoRequest__Output, _livepods_whoami_v1_EchoResponse__Output>
  EchoClientStream: MethodDefinition<_livepods_whoami_v1_EchoClientStreamRequest, _livepods_whoami_v1_EchoClientStreamResponse, _livepods_whoami_v1_EchoClientStreamRequest__Output, _livepods_whoami_v1_EchoClientStreamResponse__Output>
  EchoServerStream: MethodDefinition<_livepods_whoami_v1_EchoServerStreamRequest, _livepods_whoami_v1_EchoServerStreamResponse, _livepods_whoami_v1_EchoServerStreamRequest__Output, _livepods_whoami_v1_EchoServerStreamResponse__Output>
  EchoStream: MethodDefinition<_livepods_whoami_v1_EchoStreamRequest, _livepods_whoami_v1_EchoStreamResponse, _livepods_whoami_v1_EchoStreamRequest__Output, _livepods_whoami_v1_EchoStreamResponse__Output>
}
