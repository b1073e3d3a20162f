import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Box as _livepods_faces_v1_Box, Box__Output as _livepods_faces_v1_Box__Output } from './livepods/faces/v1/Box.ts';
import type { Face as _livepods_faces_v1_Face, Face__Output as _livepods_faces_v1_Face__Output } from './livepods/faces/v1/Face.ts';
import type { FaceRecognitionServiceClient as _livepods_faces_v1_FaceRecognitionServiceClient, FaceRecognitionServiceDefinition as _livepods_faces_v1_FaceRecognitionServiceDefinition } from './livepods/faces/v1/FaceRecognitionService.ts';
import type { IdentifyRequest as _livepods_faces_v1_IdentifyRequest, IdentifyRequest__Output as _livepods_faces_v1_IdentifyRequest__Output } from './livepods/faces/v1/IdentifyRequest.ts';
import type { IdentifyResponse as _livepods_faces_v1_IdentifyResponse, IdentifyResponse__Output as _livepods_faces_v1_IdentifyResponse__Output } from './livepods/faces/v1/IdentifyResponse.ts';
import type { Match as _livepods_faces_v1_Match, Match__Output as _livepods_faces_v1_Match__Output } from './livepods/faces/v1/Match.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  livepods: {
    faces: {
      v1: {
        Box: MessageTypeDefinition<_livepods_faces_v1_Box, _livepods_faces_v1_Box__Output>
        Face: MessageTypeDefinition<_livepods_faces_v1_Face, _livepods_faces_v1_Face__Output>
        FaceRecognitionService: SubtypeConstructor<typeof grpc.Client, _livepods_faces_v1_FaceRecognitionServiceClient> & { service: _livepods_faces_v1_FaceRecognitionServiceDefinition }
        IdentifyRequest: MessageTypeDefinition<_livepods_faces_v1_IdentifyRequest, _livepods_faces_v1_IdentifyRequest__Output>
        IdentifyResponse: MessageTypeDefinition<_livepods_faces_v1_IdentifyResponse, _livepods_faces_v1_IdentifyResponse__Output>
        Match: MessageTypeDefinition<_livepods_faces_v1_Match, _livepods_faces_v1_Match__Output>
        Outcome: EnumTypeDefinition
      }
    }
  }
}

