export { facerecog, facerecogDefinition } from './facerecog.ts'
export { faces, facesDefinition } from './faces.ts'
export type { Face, Face__Output } from './generated/livepods/faces/v1/Face.ts'
export type {
  FaceRecognitionServiceClient,
  FaceRecognitionServiceHandlers,
} from './generated/livepods/faces/v1/FaceRecognitionService.ts'
export type { IdentifyRequest, IdentifyRequest__Output } from './generated/livepods/faces/v1/IdentifyRequest.ts'
export type { IdentifyResponse, IdentifyResponse__Output } from './generated/livepods/faces/v1/IdentifyResponse.ts'
export type { Match, Match__Output } from './generated/livepods/faces/v1/Match.ts'
export type { Outcome__Output } from './generated/livepods/faces/v1/Outcome.ts'
