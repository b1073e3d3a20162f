// Original file: livepods/faces/v1/faces.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AddKnownImageRequest as _livepods_faces_v1_AddKnownImageRequest, AddKnownImageRequest__Output as _livepods_faces_v1_AddKnownImageRequest__Output } from '../../../livepods/faces/v1/AddKnownImageRequest.ts';
import type { AddKnownImageResponse as _livepods_faces_v1_AddKnownImageResponse, AddKnownImageResponse__Output as _livepods_faces_v1_AddKnownImageResponse__Output } from '../../../livepods/faces/v1/AddKnownImageResponse.ts';
import type { CompareRequest as _livepods_faces_v1_CompareRequest, CompareRequest__Output as _livepods_faces_v1_CompareRequest__Output } from '../../../livepods/faces/v1/CompareRequest.ts';
import type { CompareResponse as _livepods_faces_v1_CompareResponse, CompareResponse__Output as _livepods_faces_v1_CompareResponse__Output } from '../../../livepods/faces/v1/CompareResponse.ts';
import type { ConfirmKnownImagesGoneRequest as _livepods_faces_v1_ConfirmKnownImagesGoneRequest, ConfirmKnownImagesGoneRequest__Output as _livepods_faces_v1_ConfirmKnownImagesGoneRequest__Output } from '../../../livepods/faces/v1/ConfirmKnownImagesGoneRequest.ts';
import type { ConfirmKnownImagesGoneResponse as _livepods_faces_v1_ConfirmKnownImagesGoneResponse, ConfirmKnownImagesGoneResponse__Output as _livepods_faces_v1_ConfirmKnownImagesGoneResponse__Output } from '../../../livepods/faces/v1/ConfirmKnownImagesGoneResponse.ts';
import type { DeleteKnownPersonRequest as _livepods_faces_v1_DeleteKnownPersonRequest, DeleteKnownPersonRequest__Output as _livepods_faces_v1_DeleteKnownPersonRequest__Output } from '../../../livepods/faces/v1/DeleteKnownPersonRequest.ts';
import type { DeleteKnownPersonResponse as _livepods_faces_v1_DeleteKnownPersonResponse, DeleteKnownPersonResponse__Output as _livepods_faces_v1_DeleteKnownPersonResponse__Output } from '../../../livepods/faces/v1/DeleteKnownPersonResponse.ts';
import type { GetStatsRequest as _livepods_faces_v1_GetStatsRequest, GetStatsRequest__Output as _livepods_faces_v1_GetStatsRequest__Output } from '../../../livepods/faces/v1/GetStatsRequest.ts';
import type { GetStatsResponse as _livepods_faces_v1_GetStatsResponse, GetStatsResponse__Output as _livepods_faces_v1_GetStatsResponse__Output } from '../../../livepods/faces/v1/GetStatsResponse.ts';
import type { IdentifyRequest as _livepods_faces_v1_IdentifyRequest, IdentifyRequest__Output as _livepods_faces_v1_IdentifyRequest__Output } from '../../../livepods/faces/v1/IdentifyRequest.ts';
import type { IdentifyResponse as _livepods_faces_v1_IdentifyResponse, IdentifyResponse__Output as _livepods_faces_v1_IdentifyResponse__Output } from '../../../livepods/faces/v1/IdentifyResponse.ts';
import type { ListKnownImagesRequest as _livepods_faces_v1_ListKnownImagesRequest, ListKnownImagesRequest__Output as _livepods_faces_v1_ListKnownImagesRequest__Output } from '../../../livepods/faces/v1/ListKnownImagesRequest.ts';
import type { ListKnownImagesResponse as _livepods_faces_v1_ListKnownImagesResponse, ListKnownImagesResponse__Output as _livepods_faces_v1_ListKnownImagesResponse__Output } from '../../../livepods/faces/v1/ListKnownImagesResponse.ts';
import type { MatchDescriptorsRequest as _livepods_faces_v1_MatchDescriptorsRequest, MatchDescriptorsRequest__Output as _livepods_faces_v1_MatchDescriptorsRequest__Output } from '../../../livepods/faces/v1/MatchDescriptorsRequest.ts';
import type { MatchDescriptorsResponse as _livepods_faces_v1_MatchDescriptorsResponse, MatchDescriptorsResponse__Output as _livepods_faces_v1_MatchDescriptorsResponse__Output } from '../../../livepods/faces/v1/MatchDescriptorsResponse.ts';
import type { MoveKnownImageRequest as _livepods_faces_v1_MoveKnownImageRequest, MoveKnownImageRequest__Output as _livepods_faces_v1_MoveKnownImageRequest__Output } from '../../../livepods/faces/v1/MoveKnownImageRequest.ts';
import type { MoveKnownImageResponse as _livepods_faces_v1_MoveKnownImageResponse, MoveKnownImageResponse__Output as _livepods_faces_v1_MoveKnownImageResponse__Output } from '../../../livepods/faces/v1/MoveKnownImageResponse.ts';
import type { PurgeKnownPersonRequest as _livepods_faces_v1_PurgeKnownPersonRequest, PurgeKnownPersonRequest__Output as _livepods_faces_v1_PurgeKnownPersonRequest__Output } from '../../../livepods/faces/v1/PurgeKnownPersonRequest.ts';
import type { PurgeKnownPersonResponse as _livepods_faces_v1_PurgeKnownPersonResponse, PurgeKnownPersonResponse__Output as _livepods_faces_v1_PurgeKnownPersonResponse__Output } from '../../../livepods/faces/v1/PurgeKnownPersonResponse.ts';
import type { RemoveKnownImageRequest as _livepods_faces_v1_RemoveKnownImageRequest, RemoveKnownImageRequest__Output as _livepods_faces_v1_RemoveKnownImageRequest__Output } from '../../../livepods/faces/v1/RemoveKnownImageRequest.ts';
import type { RemoveKnownImageResponse as _livepods_faces_v1_RemoveKnownImageResponse, RemoveKnownImageResponse__Output as _livepods_faces_v1_RemoveKnownImageResponse__Output } from '../../../livepods/faces/v1/RemoveKnownImageResponse.ts';
import type { SetDisplayNamesRequest as _livepods_faces_v1_SetDisplayNamesRequest, SetDisplayNamesRequest__Output as _livepods_faces_v1_SetDisplayNamesRequest__Output } from '../../../livepods/faces/v1/SetDisplayNamesRequest.ts';
import type { SetDisplayNamesResponse as _livepods_faces_v1_SetDisplayNamesResponse, SetDisplayNamesResponse__Output as _livepods_faces_v1_SetDisplayNamesResponse__Output } from '../../../livepods/faces/v1/SetDisplayNamesResponse.ts';
import type { UndeleteKnownPersonRequest as _livepods_faces_v1_UndeleteKnownPersonRequest, UndeleteKnownPersonRequest__Output as _livepods_faces_v1_UndeleteKnownPersonRequest__Output } from '../../../livepods/faces/v1/UndeleteKnownPersonRequest.ts';
import type { UndeleteKnownPersonResponse as _livepods_faces_v1_UndeleteKnownPersonResponse, UndeleteKnownPersonResponse__Output as _livepods_faces_v1_UndeleteKnownPersonResponse__Output } from '../../../livepods/faces/v1/UndeleteKnownPersonResponse.ts';

export interface FaceRecognitionServiceClient extends grpc.Client {
  AddKnownImage(argument: _livepods_faces_v1_AddKnownImageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_AddKnownImageResponse__Output>): grpc.ClientUnaryCall;
  AddKnownImage(argument: _livepods_faces_v1_AddKnownImageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_AddKnownImageResponse__Output>): grpc.ClientUnaryCall;
  AddKnownImage(argument: _livepods_faces_v1_AddKnownImageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_AddKnownImageResponse__Output>): grpc.ClientUnaryCall;
  AddKnownImage(argument: _livepods_faces_v1_AddKnownImageRequest, callback: grpc.requestCallback<_livepods_faces_v1_AddKnownImageResponse__Output>): grpc.ClientUnaryCall;
  addKnownImage(argument: _livepods_faces_v1_AddKnownImageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_AddKnownImageResponse__Output>): grpc.ClientUnaryCall;
  addKnownImage(argument: _livepods_faces_v1_AddKnownImageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_AddKnownImageResponse__Output>): grpc.ClientUnaryCall;
  addKnownImage(argument: _livepods_faces_v1_AddKnownImageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_AddKnownImageResponse__Output>): grpc.ClientUnaryCall;
  addKnownImage(argument: _livepods_faces_v1_AddKnownImageRequest, callback: grpc.requestCallback<_livepods_faces_v1_AddKnownImageResponse__Output>): grpc.ClientUnaryCall;
  
  Compare(argument: _livepods_faces_v1_CompareRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_CompareResponse__Output>): grpc.ClientUnaryCall;
  Compare(argument: _livepods_faces_v1_CompareRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_CompareResponse__Output>): grpc.ClientUnaryCall;
  Compare(argument: _livepods_faces_v1_CompareRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_CompareResponse__Output>): grpc.ClientUnaryCall;
  Compare(argument: _livepods_faces_v1_CompareRequest, callback: grpc.requestCallback<_livepods_faces_v1_CompareResponse__Output>): grpc.ClientUnaryCall;
  compare(argument: _livepods_faces_v1_CompareRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_CompareResponse__Output>): grpc.ClientUnaryCall;
  compare(argument: _livepods_faces_v1_CompareRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_CompareResponse__Output>): grpc.ClientUnaryCall;
  compare(argument: _livepods_faces_v1_CompareRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_CompareResponse__Output>): grpc.ClientUnaryCall;
  compare(argument: _livepods_faces_v1_CompareRequest, callback: grpc.requestCallback<_livepods_faces_v1_CompareResponse__Output>): grpc.ClientUnaryCall;
  
  ConfirmKnownImagesGone(argument: _livepods_faces_v1_ConfirmKnownImagesGoneRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_ConfirmKnownImagesGoneResponse__Output>): grpc.ClientUnaryCall;
  ConfirmKnownImagesGone(argument: _livepods_faces_v1_ConfirmKnownImagesGoneRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_ConfirmKnownImagesGoneResponse__Output>): grpc.ClientUnaryCall;
  ConfirmKnownImagesGone(argument: _livepods_faces_v1_ConfirmKnownImagesGoneRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_ConfirmKnownImagesGoneResponse__Output>): grpc.ClientUnaryCall;
  ConfirmKnownImagesGone(argument: _livepods_faces_v1_ConfirmKnownImagesGoneRequest, callback: grpc.requestCallback<_livepods_faces_v1_ConfirmKnownImagesGoneResponse__Output>): grpc.ClientUnaryCall;
  confirmKnownImagesGone(argument: _livepods_faces_v1_ConfirmKnownImagesGoneRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_ConfirmKnownImagesGoneResponse__Output>): grpc.ClientUnaryCall;
  confirmKnownImagesGone(argument: _livepods_faces_v1_ConfirmKnownImagesGoneRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_ConfirmKnownImagesGoneResponse__Output>): grpc.ClientUnaryCall;
  confirmKnownImagesGone(argument: _livepods_faces_v1_ConfirmKnownImagesGoneRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_ConfirmKnownImagesGoneResponse__Output>): grpc.ClientUnaryCall;
  confirmKnownImagesGone(argument: _livepods_faces_v1_ConfirmKnownImagesGoneRequest, callback: grpc.requestCallback<_livepods_faces_v1_ConfirmKnownImagesGoneResponse__Output>): grpc.ClientUnaryCall;
  
  DeleteKnownPerson(argument: _livepods_faces_v1_DeleteKnownPersonRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_DeleteKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  DeleteKnownPerson(argument: _livepods_faces_v1_DeleteKnownPersonRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_DeleteKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  DeleteKnownPerson(argument: _livepods_faces_v1_DeleteKnownPersonRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_DeleteKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  DeleteKnownPerson(argument: _livepods_faces_v1_DeleteKnownPersonRequest, callback: grpc.requestCallback<_livepods_faces_v1_DeleteKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  deleteKnownPerson(argument: _livepods_faces_v1_DeleteKnownPersonRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_DeleteKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  deleteKnownPerson(argument: _livepods_faces_v1_DeleteKnownPersonRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_DeleteKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  deleteKnownPerson(argument: _livepods_faces_v1_DeleteKnownPersonRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_DeleteKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  deleteKnownPerson(argument: _livepods_faces_v1_DeleteKnownPersonRequest, callback: grpc.requestCallback<_livepods_faces_v1_DeleteKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  
  GetStats(argument: _livepods_faces_v1_GetStatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  GetStats(argument: _livepods_faces_v1_GetStatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  GetStats(argument: _livepods_faces_v1_GetStatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  GetStats(argument: _livepods_faces_v1_GetStatsRequest, callback: grpc.requestCallback<_livepods_faces_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  getStats(argument: _livepods_faces_v1_GetStatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  getStats(argument: _livepods_faces_v1_GetStatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  getStats(argument: _livepods_faces_v1_GetStatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  getStats(argument: _livepods_faces_v1_GetStatsRequest, callback: grpc.requestCallback<_livepods_faces_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  
  Identify(argument: _livepods_faces_v1_IdentifyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  Identify(argument: _livepods_faces_v1_IdentifyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  Identify(argument: _livepods_faces_v1_IdentifyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  Identify(argument: _livepods_faces_v1_IdentifyRequest, callback: grpc.requestCallback<_livepods_faces_v1_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  identify(argument: _livepods_faces_v1_IdentifyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  identify(argument: _livepods_faces_v1_IdentifyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  identify(argument: _livepods_faces_v1_IdentifyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  identify(argument: _livepods_faces_v1_IdentifyRequest, callback: grpc.requestCallback<_livepods_faces_v1_IdentifyResponse__Output>): grpc.ClientUnaryCall;
  
  ListKnownImages(argument: _livepods_faces_v1_ListKnownImagesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_ListKnownImagesResponse__Output>): grpc.ClientUnaryCall;
  ListKnownImages(argument: _livepods_faces_v1_ListKnownImagesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_ListKnownImagesResponse__Output>): grpc.ClientUnaryCall;
  ListKnownImages(argument: _livepods_faces_v1_ListKnownImagesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_ListKnownImagesResponse__Output>): grpc.ClientUnaryCall;
  ListKnownImages(argument: _livepods_faces_v1_ListKnownImagesRequest, callback: grpc.requestCallback<_livepods_faces_v1_ListKnownImagesResponse__Output>): grpc.ClientUnaryCall;
  listKnownImages(argument: _livepods_faces_v1_ListKnownImagesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_ListKnownImagesResponse__Output>): grpc.ClientUnaryCall;
  listKnownImages(argument: _livepods_faces_v1_ListKnownImagesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_ListKnownImagesResponse__Output>): grpc.ClientUnaryCall;
  listKnownImages(argument: _livepods_faces_v1_ListKnownImagesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_ListKnownImagesResponse__Output>): grpc.ClientUnaryCall;
  listKnownImages(argument: _livepods_faces_v1_ListKnownImagesRequest, callback: grpc.requestCallback<_livepods_faces_v1_ListKnownImagesResponse__Output>): grpc.ClientUnaryCall;
  
  MatchDescriptors(argument: _livepods_faces_v1_MatchDescriptorsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_MatchDescriptorsResponse__Output>): grpc.ClientUnaryCall;
  MatchDescriptors(argument: _livepods_faces_v1_MatchDescriptorsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_MatchDescriptorsResponse__Output>): grpc.ClientUnaryCall;
  MatchDescriptors(argument: _livepods_faces_v1_MatchDescriptorsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_MatchDescriptorsResponse__Output>): grpc.ClientUnaryCall;
  MatchDescriptors(argument: _livepods_faces_v1_MatchDescriptorsRequest, callback: grpc.requestCallback<_livepods_faces_v1_MatchDescriptorsResponse__Output>): grpc.ClientUnaryCall;
  matchDescriptors(argument: _livepods_faces_v1_MatchDescriptorsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_MatchDescriptorsResponse__Output>): grpc.ClientUnaryCall;
  matchDescriptors(argument: _livepods_faces_v1_MatchDescriptorsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_MatchDescriptorsResponse__Output>): grpc.ClientUnaryCall;
  matchDescriptors(argument: _livepods_faces_v1_MatchDescriptorsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_MatchDescriptorsResponse__Output>): grpc.ClientUnaryCall;
  matchDescriptors(argument: _livepods_faces_v1_MatchDescriptorsRequest, callback: grpc.requestCallback<_livepods_faces_v1_MatchDescriptorsResponse__Output>): grpc.ClientUnaryCall;
  
  MoveKnownImage(argument: _livepods_faces_v1_MoveKnownImageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_MoveKnownImageResponse__Output>): grpc.ClientUnaryCall;
  MoveKnownImage(argument: _livepods_faces_v1_MoveKnownImageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_MoveKnownImageResponse__Output>): grpc.ClientUnaryCall;
  MoveKnownImage(argument: _livepods_faces_v1_MoveKnownImageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_MoveKnownImageResponse__Output>): grpc.ClientUnaryCall;
  MoveKnownImage(argument: _livepods_faces_v1_MoveKnownImageRequest, callback: grpc.requestCallback<_livepods_faces_v1_MoveKnownImageResponse__Output>): grpc.ClientUnaryCall;
  moveKnownImage(argument: _livepods_faces_v1_MoveKnownImageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_MoveKnownImageResponse__Output>): grpc.ClientUnaryCall;
  moveKnownImage(argument: _livepods_faces_v1_MoveKnownImageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_MoveKnownImageResponse__Output>): grpc.ClientUnaryCall;
  moveKnownImage(argument: _livepods_faces_v1_MoveKnownImageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_MoveKnownImageResponse__Output>): grpc.ClientUnaryCall;
  moveKnownImage(argument: _livepods_faces_v1_MoveKnownImageRequest, callback: grpc.requestCallback<_livepods_faces_v1_MoveKnownImageResponse__Output>): grpc.ClientUnaryCall;
  
  PurgeKnownPerson(argument: _livepods_faces_v1_PurgeKnownPersonRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_PurgeKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  PurgeKnownPerson(argument: _livepods_faces_v1_PurgeKnownPersonRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_PurgeKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  PurgeKnownPerson(argument: _livepods_faces_v1_PurgeKnownPersonRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_PurgeKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  PurgeKnownPerson(argument: _livepods_faces_v1_PurgeKnownPersonRequest, callback: grpc.requestCallback<_livepods_faces_v1_PurgeKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  purgeKnownPerson(argument: _livepods_faces_v1_PurgeKnownPersonRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_PurgeKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  purgeKnownPerson(argument: _livepods_faces_v1_PurgeKnownPersonRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_PurgeKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  purgeKnownPerson(argument: _livepods_faces_v1_PurgeKnownPersonRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_PurgeKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  purgeKnownPerson(argument: _livepods_faces_v1_PurgeKnownPersonRequest, callback: grpc.requestCallback<_livepods_faces_v1_PurgeKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  
  RemoveKnownImage(argument: _livepods_faces_v1_RemoveKnownImageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_RemoveKnownImageResponse__Output>): grpc.ClientUnaryCall;
  RemoveKnownImage(argument: _livepods_faces_v1_RemoveKnownImageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_RemoveKnownImageResponse__Output>): grpc.ClientUnaryCall;
  RemoveKnownImage(argument: _livepods_faces_v1_RemoveKnownImageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_RemoveKnownImageResponse__Output>): grpc.ClientUnaryCall;
  RemoveKnownImage(argument: _livepods_faces_v1_RemoveKnownImageRequest, callback: grpc.requestCallback<_livepods_faces_v1_RemoveKnownImageResponse__Output>): grpc.ClientUnaryCall;
  removeKnownImage(argument: _livepods_faces_v1_RemoveKnownImageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_RemoveKnownImageResponse__Output>): grpc.ClientUnaryCall;
  removeKnownImage(argument: _livepods_faces_v1_RemoveKnownImageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_RemoveKnownImageResponse__Output>): grpc.ClientUnaryCall;
  removeKnownImage(argument: _livepods_faces_v1_RemoveKnownImageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_RemoveKnownImageResponse__Output>): grpc.ClientUnaryCall;
  removeKnownImage(argument: _livepods_faces_v1_RemoveKnownImageRequest, callback: grpc.requestCallback<_livepods_faces_v1_RemoveKnownImageResponse__Output>): grpc.ClientUnaryCall;
  
  SetDisplayNames(argument: _livepods_faces_v1_SetDisplayNamesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_SetDisplayNamesResponse__Output>): grpc.ClientUnaryCall;
  SetDisplayNames(argument: _livepods_faces_v1_SetDisplayNamesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_SetDisplayNamesResponse__Output>): grpc.ClientUnaryCall;
  SetDisplayNames(argument: _livepods_faces_v1_SetDisplayNamesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_SetDisplayNamesResponse__Output>): grpc.ClientUnaryCall;
  SetDisplayNames(argument: _livepods_faces_v1_SetDisplayNamesRequest, callback: grpc.requestCallback<_livepods_faces_v1_SetDisplayNamesResponse__Output>): grpc.ClientUnaryCall;
  setDisplayNames(argument: _livepods_faces_v1_SetDisplayNamesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_SetDisplayNamesResponse__Output>): grpc.ClientUnaryCall;
  setDisplayNames(argument: _livepods_faces_v1_SetDisplayNamesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_SetDisplayNamesResponse__Output>): grpc.ClientUnaryCall;
  setDisplayNames(argument: _livepods_faces_v1_SetDisplayNamesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_SetDisplayNamesResponse__Output>): grpc.ClientUnaryCall;
  setDisplayNames(argument: _livepods_faces_v1_SetDisplayNamesRequest, callback: grpc.requestCallback<_livepods_faces_v1_SetDisplayNamesResponse__Output>): grpc.ClientUnaryCall;
  
  UndeleteKnownPerson(argument: _livepods_faces_v1_UndeleteKnownPersonRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_UndeleteKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  UndeleteKnownPerson(argument: _livepods_faces_v1_UndeleteKnownPersonRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_UndeleteKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  UndeleteKnownPerson(argument: _livepods_faces_v1_UndeleteKnownPersonRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_UndeleteKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  UndeleteKnownPerson(argument: _livepods_faces_v1_UndeleteKnownPersonRequest, callback: grpc.requestCallback<_livepods_faces_v1_UndeleteKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  undeleteKnownPerson(argument: _livepods_faces_v1_UndeleteKnownPersonRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_UndeleteKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  undeleteKnownPerson(argument: _livepods_faces_v1_UndeleteKnownPersonRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_livepods_faces_v1_UndeleteKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  undeleteKnownPerson(argument: _livepods_faces_v1_UndeleteKnownPersonRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_livepods_faces_v1_UndeleteKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  undeleteKnownPerson(argument: _livepods_faces_v1_UndeleteKnownPersonRequest, callback: grpc.requestCallback<_livepods_faces_v1_UndeleteKnownPersonResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface FaceRecognitionServiceHandlers extends grpc.UntypedServiceImplementation {
  AddKnownImage: grpc.handleUnaryCall<_livepods_faces_v1_AddKnownImageRequest__Output, _livepods_faces_v1_AddKnownImageResponse>;
  
  Compare: grpc.handleUnaryCall<_livepods_faces_v1_CompareRequest__Output, _livepods_faces_v1_CompareResponse>;
  
  ConfirmKnownImagesGone: grpc.handleUnaryCall<_livepods_faces_v1_ConfirmKnownImagesGoneRequest__Output, _livepods_faces_v1_ConfirmKnownImagesGoneResponse>;
  
  DeleteKnownPerson: grpc.handleUnaryCall<_livepods_faces_v1_DeleteKnownPersonRequest__Output, _livepods_faces_v1_DeleteKnownPersonResponse>;
  
  GetStats: grpc.handleUnaryCall<_livepods_faces_v1_GetStatsRequest__Output, _livepods_faces_v1_GetStatsResponse>;
  
  Identify: grpc.handleUnaryCall<_livepods_faces_v1_IdentifyRequest__Output, _livepods_faces_v1_IdentifyResponse>;
  
  ListKnownImages: grpc.handleUnaryCall<_livepods_faces_v1_ListKnownImagesRequest__Output, _livepods_faces_v1_ListKnownImagesResponse>;
  
  MatchDescriptors: grpc.handleUnaryCall<_livepods_faces_v1_MatchDescriptorsRequest__Output, _livepods_faces_v1_MatchDescriptorsResponse>;
  
  MoveKnownImage: grpc.handleUnaryCall<_livepods_faces_v1_MoveKnownImageRequest__Output, _livepods_faces_v1_MoveKnownImageResponse>;
  
  PurgeKnownPerson: grpc.handleUnaryCall<_livepods_faces_v1_PurgeKnownPersonRequest__Output, _livepods_faces_v1_PurgeKnownPersonResponse>;
  
  RemoveKnownImage: grpc.handleUnaryCall<_livepods_faces_v1_RemoveKnownImageRequest__Output, _livepods_faces_v1_RemoveKnownImageResponse>;
  
  SetDisplayNames: grpc.handleUnaryCall<_livepods_faces_v1_SetDisplayNamesRequest__Output, _livepods_faces_v1_SetDisplayNamesResponse>;
  
  UndeleteKnownPerson: grpc.handleUnaryCall<_livepods_faces_v1_UndeleteKnownPersonRequest__Output, _livepods_faces_v1_UndeleteKnownPersonResponse>;
  
}

export interface FaceRecognitionServiceDefinition extends grpc.ServiceDefinition {
  AddKnownImage: MethodDefinition<_livepods_faces_v1_AddKnownImageRequest, _livepods_faces_v1_AddKnownImageResponse, _livepods_faces_v1_AddKnownImageRequest__Output, _livepods_faces_v1_AddKnownImageResponse__Output>
  Compare: MethodDefinition<_livepods_faces_v1_CompareRequest, _livepods_faces_v1_CompareResponse, _livepods_faces_v1_CompareRequest__Output, _livepods_faces_v1_CompareResponse__Output>
  ConfirmKnownImagesGone: MethodDefinition<_livepods_faces_v1_ConfirmKnownImagesGoneRequest, _livepods_faces_v1_ConfirmKnownImagesGoneResponse, _livepods_faces_v1_ConfirmKnownImagesGoneRequest__Output, _livepods_faces_v1_ConfirmKnownImagesGoneResponse__Output>
  DeleteKnownPerson: MethodDefinition<_livepods_faces_v1_DeleteKnownPersonRequest, _livepods_faces_v1_DeleteKnownPersonResponse, _livepods_faces_v1_DeleteKnownPersonRequest__Output, _livepods_faces_v1_DeleteKnownPersonResponse__Output>
  GetStats: MethodDefinition<_livepods_faces_v1_GetStatsRequest, _livepods_faces_v1_GetStatsResponse, _livepods_faces_v1_GetStatsRequest__Output, _livepods_faces_v1_GetStatsResponse__Output>
  Identify: MethodDefinition<_livepods_faces_v1_IdentifyRequest, _livepods_faces_v1_IdentifyResponse, _livepods_faces_v1_IdentifyRequest__Output, _livepods_faces_v1_IdentifyResponse__Output>
  ListKnownImages: MethodDefinition<_livepods_faces_v1_ListKnownImagesRequest, _livepods_faces_v1_ListKnownImagesResponse, _livepods_faces_v1_ListKnownImagesRequest__Output, _livepods_faces_v1_ListKnownImagesResponse__Output>
  MatchDescriptors: MethodDefinition<_livepods_faces_v1_MatchDescriptorsRequest, _livepods_faces_v1_MatchDescriptorsResponse, _livepods_faces_v1_MatchDescriptorsRequest__Output, _livepods_faces_v1_MatchDescriptorsResponse__Output>
  MoveKnownImage: MethodDefinition<_livepods_faces_v1_MoveKnownImageRequest, _livepods_faces_v1_MoveKnownImageResponse, _livepods_faces_v1_MoveKnownImageRequest__Output, _livepods_faces_v1_MoveKnownImageResponse__Output>
  PurgeKnownPerson: MethodDefinition<_livepods_faces_v1_PurgeKnownPersonRequest, _livepods_faces_v1_PurgeKnownPersonResponse, _livepods_faces_v1_PurgeKnownPersonRequest__Output, _livepods_faces_v1_PurgeKnownPersonResponse__Output>
  RemoveKnownImage: MethodDefinition<_livepods_faces_v1_RemoveKnownImageRequest, _livepods_faces_v1_RemoveKnownImageResponse, _livepods_faces_v1_RemoveKnownImageRequest__Output, _livepods_faces_v1_RemoveKnownImageResponse__Output>
  SetDisplayNames: MethodDefinition<_livepods_faces_v1_SetDisplayNamesRequest, _livepods_faces_v1_SetDisplayNamesResponse, _livepods_faces_v1_SetDisplayNamesRequest__Output, _livepods_faces_v1_SetDisplayNamesResponse__Output>
  UndeleteKnownPerson: MethodDefinition<_livepods_faces_v1_UndeleteKnownPersonRequest, _livepods_faces_v1_UndeleteKnownPersonResponse, _livepods_faces_v1_UndeleteKnownPersonRequest__Output, _livepods_faces_v1_UndeleteKnownPersonResponse__Output>
}
