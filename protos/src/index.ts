export { facerecog, facerecogDefinition } from './facerecog.ts'
export { faces, facesDefinition } from './faces.ts'
export type {
  AddKnownImageRequest,
  AddKnownImageRequest__Output,
} from './generated/livepods/faces/v1/AddKnownImageRequest.ts'
export type {
  AddKnownImageResponse,
  AddKnownImageResponse__Output,
} from './generated/livepods/faces/v1/AddKnownImageResponse.ts'
export type { CacheStats, CacheStats__Output } from './generated/livepods/faces/v1/CacheStats.ts'
export type { ComparedPicture, ComparedPicture__Output } from './generated/livepods/faces/v1/ComparedPicture.ts'
export type { CompareRequest, CompareRequest__Output } from './generated/livepods/faces/v1/CompareRequest.ts'
export type { CompareResponse, CompareResponse__Output } from './generated/livepods/faces/v1/CompareResponse.ts'
export type {
  ConfirmKnownImagesGoneRequest,
  ConfirmKnownImagesGoneRequest__Output,
} from './generated/livepods/faces/v1/ConfirmKnownImagesGoneRequest.ts'
export type {
  ConfirmKnownImagesGoneResponse,
  ConfirmKnownImagesGoneResponse__Output,
} from './generated/livepods/faces/v1/ConfirmKnownImagesGoneResponse.ts'
export type {
  DeleteKnownPersonRequest,
  DeleteKnownPersonRequest__Output,
} from './generated/livepods/faces/v1/DeleteKnownPersonRequest.ts'
export type {
  DeleteKnownPersonResponse,
  DeleteKnownPersonResponse__Output,
} from './generated/livepods/faces/v1/DeleteKnownPersonResponse.ts'
export type { Face, Face__Output } from './generated/livepods/faces/v1/Face.ts'
export type { FaceMatch, FaceMatch__Output } from './generated/livepods/faces/v1/FaceMatch.ts'
export type {
  FaceRecognitionServiceClient,
  FaceRecognitionServiceHandlers,
} from './generated/livepods/faces/v1/FaceRecognitionService.ts'
export type { GetStatsResponse, GetStatsResponse__Output } from './generated/livepods/faces/v1/GetStatsResponse.ts'
export type { IdentifyRequest, IdentifyRequest__Output } from './generated/livepods/faces/v1/IdentifyRequest.ts'
export type { IdentifyResponse, IdentifyResponse__Output } from './generated/livepods/faces/v1/IdentifyResponse.ts'
export type { KnownImage, KnownImage__Output } from './generated/livepods/faces/v1/KnownImage.ts'
export type { KnownImageWarning, KnownImageWarning__Output } from './generated/livepods/faces/v1/KnownImageWarning.ts'
export type { KnownStore, KnownStore__Output } from './generated/livepods/faces/v1/KnownStore.ts'
export type { KnownStoreState, KnownStoreState__Output } from './generated/livepods/faces/v1/KnownStoreState.ts'
export type {
  ListKnownImagesRequest,
  ListKnownImagesRequest__Output,
} from './generated/livepods/faces/v1/ListKnownImagesRequest.ts'
export type {
  ListKnownImagesResponse,
  ListKnownImagesResponse__Output,
} from './generated/livepods/faces/v1/ListKnownImagesResponse.ts'
export type { Match, Match__Output } from './generated/livepods/faces/v1/Match.ts'
export type {
  MatchDescriptorsRequest,
  MatchDescriptorsRequest__Output,
} from './generated/livepods/faces/v1/MatchDescriptorsRequest.ts'
export type {
  MatchDescriptorsResponse,
  MatchDescriptorsResponse__Output,
} from './generated/livepods/faces/v1/MatchDescriptorsResponse.ts'
export type {
  MoveKnownImageRequest,
  MoveKnownImageRequest__Output,
} from './generated/livepods/faces/v1/MoveKnownImageRequest.ts'
export type {
  MoveKnownImageResponse,
  MoveKnownImageResponse__Output,
} from './generated/livepods/faces/v1/MoveKnownImageResponse.ts'
export type { Outcome__Output } from './generated/livepods/faces/v1/Outcome.ts'
export type { Picture, Picture__Output } from './generated/livepods/faces/v1/Picture.ts'
export type {
  PurgeKnownPersonRequest,
  PurgeKnownPersonRequest__Output,
} from './generated/livepods/faces/v1/PurgeKnownPersonRequest.ts'
export type {
  PurgeKnownPersonResponse,
  PurgeKnownPersonResponse__Output,
} from './generated/livepods/faces/v1/PurgeKnownPersonResponse.ts'
export type {
  RemoveKnownImageRequest,
  RemoveKnownImageRequest__Output,
} from './generated/livepods/faces/v1/RemoveKnownImageRequest.ts'
export type {
  RemoveKnownImageResponse,
  RemoveKnownImageResponse__Output,
} from './generated/livepods/faces/v1/RemoveKnownImageResponse.ts'
export type {
  SetDisplayNamesRequest,
  SetDisplayNamesRequest__Output,
} from './generated/livepods/faces/v1/SetDisplayNamesRequest.ts'
export type {
  SetDisplayNamesResponse,
  SetDisplayNamesResponse__Output,
} from './generated/livepods/faces/v1/SetDisplayNamesResponse.ts'
export type {
  UndeleteKnownPersonRequest,
  UndeleteKnownPersonRequest__Output,
} from './generated/livepods/faces/v1/UndeleteKnownPersonRequest.ts'
export type {
  UndeleteKnownPersonResponse,
  UndeleteKnownPersonResponse__Output,
} from './generated/livepods/faces/v1/UndeleteKnownPersonResponse.ts'
