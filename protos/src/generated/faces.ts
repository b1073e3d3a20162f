import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { AddKnownImageRequest as _livepods_faces_v1_AddKnownImageRequest, AddKnownImageRequest__Output as _livepods_faces_v1_AddKnownImageRequest__Output } from './livepods/faces/v1/AddKnownImageRequest.ts';
import type { AddKnownImageResponse as _livepods_faces_v1_AddKnownImageResponse, AddKnownImageResponse__Output as _livepods_faces_v1_AddKnownImageResponse__Output } from './livepods/faces/v1/AddKnownImageResponse.ts';
import type { Box as _livepods_faces_v1_Box, Box__Output as _livepods_faces_v1_Box__Output } from './livepods/faces/v1/Box.ts';
import type { CacheStats as _livepods_faces_v1_CacheStats, CacheStats__Output as _livepods_faces_v1_CacheStats__Output } from './livepods/faces/v1/CacheStats.ts';
import type { CompareRequest as _livepods_faces_v1_CompareRequest, CompareRequest__Output as _livepods_faces_v1_CompareRequest__Output } from './livepods/faces/v1/CompareRequest.ts';
import type { CompareResponse as _livepods_faces_v1_CompareResponse, CompareResponse__Output as _livepods_faces_v1_CompareResponse__Output } from './livepods/faces/v1/CompareResponse.ts';
import type { ComparedPicture as _livepods_faces_v1_ComparedPicture, ComparedPicture__Output as _livepods_faces_v1_ComparedPicture__Output } from './livepods/faces/v1/ComparedPicture.ts';
import type { ConfirmKnownImagesGoneRequest as _livepods_faces_v1_ConfirmKnownImagesGoneRequest, ConfirmKnownImagesGoneRequest__Output as _livepods_faces_v1_ConfirmKnownImagesGoneRequest__Output } from './livepods/faces/v1/ConfirmKnownImagesGoneRequest.ts';
import type { ConfirmKnownImagesGoneResponse as _livepods_faces_v1_ConfirmKnownImagesGoneResponse, ConfirmKnownImagesGoneResponse__Output as _livepods_faces_v1_ConfirmKnownImagesGoneResponse__Output } from './livepods/faces/v1/ConfirmKnownImagesGoneResponse.ts';
import type { DeleteKnownPersonRequest as _livepods_faces_v1_DeleteKnownPersonRequest, DeleteKnownPersonRequest__Output as _livepods_faces_v1_DeleteKnownPersonRequest__Output } from './livepods/faces/v1/DeleteKnownPersonRequest.ts';
import type { DeleteKnownPersonResponse as _livepods_faces_v1_DeleteKnownPersonResponse, DeleteKnownPersonResponse__Output as _livepods_faces_v1_DeleteKnownPersonResponse__Output } from './livepods/faces/v1/DeleteKnownPersonResponse.ts';
import type { Face as _livepods_faces_v1_Face, Face__Output as _livepods_faces_v1_Face__Output } from './livepods/faces/v1/Face.ts';
import type { FaceMatch as _livepods_faces_v1_FaceMatch, FaceMatch__Output as _livepods_faces_v1_FaceMatch__Output } from './livepods/faces/v1/FaceMatch.ts';
import type { FaceRecognitionServiceClient as _livepods_faces_v1_FaceRecognitionServiceClient, FaceRecognitionServiceDefinition as _livepods_faces_v1_FaceRecognitionServiceDefinition } from './livepods/faces/v1/FaceRecognitionService.ts';
import type { GalleryStats as _livepods_faces_v1_GalleryStats, GalleryStats__Output as _livepods_faces_v1_GalleryStats__Output } from './livepods/faces/v1/GalleryStats.ts';
import type { GetStatsRequest as _livepods_faces_v1_GetStatsRequest, GetStatsRequest__Output as _livepods_faces_v1_GetStatsRequest__Output } from './livepods/faces/v1/GetStatsRequest.ts';
import type { GetStatsResponse as _livepods_faces_v1_GetStatsResponse, GetStatsResponse__Output as _livepods_faces_v1_GetStatsResponse__Output } from './livepods/faces/v1/GetStatsResponse.ts';
import type { IdentifyRequest as _livepods_faces_v1_IdentifyRequest, IdentifyRequest__Output as _livepods_faces_v1_IdentifyRequest__Output } from './livepods/faces/v1/IdentifyRequest.ts';
import type { IdentifyResponse as _livepods_faces_v1_IdentifyResponse, IdentifyResponse__Output as _livepods_faces_v1_IdentifyResponse__Output } from './livepods/faces/v1/IdentifyResponse.ts';
import type { ImageName as _livepods_faces_v1_ImageName, ImageName__Output as _livepods_faces_v1_ImageName__Output } from './livepods/faces/v1/ImageName.ts';
import type { KnownImage as _livepods_faces_v1_KnownImage, KnownImage__Output as _livepods_faces_v1_KnownImage__Output } from './livepods/faces/v1/KnownImage.ts';
import type { KnownStore as _livepods_faces_v1_KnownStore, KnownStore__Output as _livepods_faces_v1_KnownStore__Output } from './livepods/faces/v1/KnownStore.ts';
import type { ListKnownImagesRequest as _livepods_faces_v1_ListKnownImagesRequest, ListKnownImagesRequest__Output as _livepods_faces_v1_ListKnownImagesRequest__Output } from './livepods/faces/v1/ListKnownImagesRequest.ts';
import type { ListKnownImagesResponse as _livepods_faces_v1_ListKnownImagesResponse, ListKnownImagesResponse__Output as _livepods_faces_v1_ListKnownImagesResponse__Output } from './livepods/faces/v1/ListKnownImagesResponse.ts';
import type { Match as _livepods_faces_v1_Match, Match__Output as _livepods_faces_v1_Match__Output } from './livepods/faces/v1/Match.ts';
import type { MatchDescriptorsRequest as _livepods_faces_v1_MatchDescriptorsRequest, MatchDescriptorsRequest__Output as _livepods_faces_v1_MatchDescriptorsRequest__Output } from './livepods/faces/v1/MatchDescriptorsRequest.ts';
import type { MatchDescriptorsResponse as _livepods_faces_v1_MatchDescriptorsResponse, MatchDescriptorsResponse__Output as _livepods_faces_v1_MatchDescriptorsResponse__Output } from './livepods/faces/v1/MatchDescriptorsResponse.ts';
import type { MoveKnownImageRequest as _livepods_faces_v1_MoveKnownImageRequest, MoveKnownImageRequest__Output as _livepods_faces_v1_MoveKnownImageRequest__Output } from './livepods/faces/v1/MoveKnownImageRequest.ts';
import type { MoveKnownImageResponse as _livepods_faces_v1_MoveKnownImageResponse, MoveKnownImageResponse__Output as _livepods_faces_v1_MoveKnownImageResponse__Output } from './livepods/faces/v1/MoveKnownImageResponse.ts';
import type { PersonName as _livepods_faces_v1_PersonName, PersonName__Output as _livepods_faces_v1_PersonName__Output } from './livepods/faces/v1/PersonName.ts';
import type { Picture as _livepods_faces_v1_Picture, Picture__Output as _livepods_faces_v1_Picture__Output } from './livepods/faces/v1/Picture.ts';
import type { PurgeKnownPersonRequest as _livepods_faces_v1_PurgeKnownPersonRequest, PurgeKnownPersonRequest__Output as _livepods_faces_v1_PurgeKnownPersonRequest__Output } from './livepods/faces/v1/PurgeKnownPersonRequest.ts';
import type { PurgeKnownPersonResponse as _livepods_faces_v1_PurgeKnownPersonResponse, PurgeKnownPersonResponse__Output as _livepods_faces_v1_PurgeKnownPersonResponse__Output } from './livepods/faces/v1/PurgeKnownPersonResponse.ts';
import type { RemoveKnownImageRequest as _livepods_faces_v1_RemoveKnownImageRequest, RemoveKnownImageRequest__Output as _livepods_faces_v1_RemoveKnownImageRequest__Output } from './livepods/faces/v1/RemoveKnownImageRequest.ts';
import type { RemoveKnownImageResponse as _livepods_faces_v1_RemoveKnownImageResponse, RemoveKnownImageResponse__Output as _livepods_faces_v1_RemoveKnownImageResponse__Output } from './livepods/faces/v1/RemoveKnownImageResponse.ts';
import type { SetDisplayNamesRequest as _livepods_faces_v1_SetDisplayNamesRequest, SetDisplayNamesRequest__Output as _livepods_faces_v1_SetDisplayNamesRequest__Output } from './livepods/faces/v1/SetDisplayNamesRequest.ts';
import type { SetDisplayNamesResponse as _livepods_faces_v1_SetDisplayNamesResponse, SetDisplayNamesResponse__Output as _livepods_faces_v1_SetDisplayNamesResponse__Output } from './livepods/faces/v1/SetDisplayNamesResponse.ts';
import type { SkippedFile as _livepods_faces_v1_SkippedFile, SkippedFile__Output as _livepods_faces_v1_SkippedFile__Output } from './livepods/faces/v1/SkippedFile.ts';
import type { UndeleteKnownPersonRequest as _livepods_faces_v1_UndeleteKnownPersonRequest, UndeleteKnownPersonRequest__Output as _livepods_faces_v1_UndeleteKnownPersonRequest__Output } from './livepods/faces/v1/UndeleteKnownPersonRequest.ts';
import type { UndeleteKnownPersonResponse as _livepods_faces_v1_UndeleteKnownPersonResponse, UndeleteKnownPersonResponse__Output as _livepods_faces_v1_UndeleteKnownPersonResponse__Output } from './livepods/faces/v1/UndeleteKnownPersonResponse.ts';
import type { WorkerStats as _livepods_faces_v1_WorkerStats, WorkerStats__Output as _livepods_faces_v1_WorkerStats__Output } from './livepods/faces/v1/WorkerStats.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  livepods: {
    faces: {
      v1: {
        AddKnownImageRequest: MessageTypeDefinition<_livepods_faces_v1_AddKnownImageRequest, _livepods_faces_v1_AddKnownImageRequest__Output>
        AddKnownImageResponse: MessageTypeDefinition<_livepods_faces_v1_AddKnownImageResponse, _livepods_faces_v1_AddKnownImageResponse__Output>
        Box: MessageTypeDefinition<_livepods_faces_v1_Box, _livepods_faces_v1_Box__Output>
        CacheStats: MessageTypeDefinition<_livepods_faces_v1_CacheStats, _livepods_faces_v1_CacheStats__Output>
        CompareRequest: MessageTypeDefinition<_livepods_faces_v1_CompareRequest, _livepods_faces_v1_CompareRequest__Output>
        CompareResponse: MessageTypeDefinition<_livepods_faces_v1_CompareResponse, _livepods_faces_v1_CompareResponse__Output>
        ComparedPicture: MessageTypeDefinition<_livepods_faces_v1_ComparedPicture, _livepods_faces_v1_ComparedPicture__Output>
        ConfirmKnownImagesGoneRequest: MessageTypeDefinition<_livepods_faces_v1_ConfirmKnownImagesGoneRequest, _livepods_faces_v1_ConfirmKnownImagesGoneRequest__Output>
        ConfirmKnownImagesGoneResponse: MessageTypeDefinition<_livepods_faces_v1_ConfirmKnownImagesGoneResponse, _livepods_faces_v1_ConfirmKnownImagesGoneResponse__Output>
        DeleteKnownPersonRequest: MessageTypeDefinition<_livepods_faces_v1_DeleteKnownPersonRequest, _livepods_faces_v1_DeleteKnownPersonRequest__Output>
        DeleteKnownPersonResponse: MessageTypeDefinition<_livepods_faces_v1_DeleteKnownPersonResponse, _livepods_faces_v1_DeleteKnownPersonResponse__Output>
        Face: MessageTypeDefinition<_livepods_faces_v1_Face, _livepods_faces_v1_Face__Output>
        FaceMatch: MessageTypeDefinition<_livepods_faces_v1_FaceMatch, _livepods_faces_v1_FaceMatch__Output>
        FaceRecognitionService: SubtypeConstructor<typeof grpc.Client, _livepods_faces_v1_FaceRecognitionServiceClient> & { service: _livepods_faces_v1_FaceRecognitionServiceDefinition }
        GalleryStats: MessageTypeDefinition<_livepods_faces_v1_GalleryStats, _livepods_faces_v1_GalleryStats__Output>
        GetStatsRequest: MessageTypeDefinition<_livepods_faces_v1_GetStatsRequest, _livepods_faces_v1_GetStatsRequest__Output>
        GetStatsResponse: MessageTypeDefinition<_livepods_faces_v1_GetStatsResponse, _livepods_faces_v1_GetStatsResponse__Output>
        IdentifyRequest: MessageTypeDefinition<_livepods_faces_v1_IdentifyRequest, _livepods_faces_v1_IdentifyRequest__Output>
        IdentifyResponse: MessageTypeDefinition<_livepods_faces_v1_IdentifyResponse, _livepods_faces_v1_IdentifyResponse__Output>
        ImageName: MessageTypeDefinition<_livepods_faces_v1_ImageName, _livepods_faces_v1_ImageName__Output>
        KnownImage: MessageTypeDefinition<_livepods_faces_v1_KnownImage, _livepods_faces_v1_KnownImage__Output>
        KnownImageWarning: EnumTypeDefinition
        KnownStore: MessageTypeDefinition<_livepods_faces_v1_KnownStore, _livepods_faces_v1_KnownStore__Output>
        KnownStoreState: EnumTypeDefinition
        ListKnownImagesRequest: MessageTypeDefinition<_livepods_faces_v1_ListKnownImagesRequest, _livepods_faces_v1_ListKnownImagesRequest__Output>
        ListKnownImagesResponse: MessageTypeDefinition<_livepods_faces_v1_ListKnownImagesResponse, _livepods_faces_v1_ListKnownImagesResponse__Output>
        Match: MessageTypeDefinition<_livepods_faces_v1_Match, _livepods_faces_v1_Match__Output>
        MatchDescriptorsRequest: MessageTypeDefinition<_livepods_faces_v1_MatchDescriptorsRequest, _livepods_faces_v1_MatchDescriptorsRequest__Output>
        MatchDescriptorsResponse: MessageTypeDefinition<_livepods_faces_v1_MatchDescriptorsResponse, _livepods_faces_v1_MatchDescriptorsResponse__Output>
        MoveKnownImageRequest: MessageTypeDefinition<_livepods_faces_v1_MoveKnownImageRequest, _livepods_faces_v1_MoveKnownImageRequest__Output>
        MoveKnownImageResponse: MessageTypeDefinition<_livepods_faces_v1_MoveKnownImageResponse, _livepods_faces_v1_MoveKnownImageResponse__Output>
        Outcome: EnumTypeDefinition
        PersonName: MessageTypeDefinition<_livepods_faces_v1_PersonName, _livepods_faces_v1_PersonName__Output>
        Picture: MessageTypeDefinition<_livepods_faces_v1_Picture, _livepods_faces_v1_Picture__Output>
        PurgeKnownPersonRequest: MessageTypeDefinition<_livepods_faces_v1_PurgeKnownPersonRequest, _livepods_faces_v1_PurgeKnownPersonRequest__Output>
        PurgeKnownPersonResponse: MessageTypeDefinition<_livepods_faces_v1_PurgeKnownPersonResponse, _livepods_faces_v1_PurgeKnownPersonResponse__Output>
        RemoveKnownImageRequest: MessageTypeDefinition<_livepods_faces_v1_RemoveKnownImageRequest, _livepods_faces_v1_RemoveKnownImageRequest__Output>
        RemoveKnownImageResponse: MessageTypeDefinition<_livepods_faces_v1_RemoveKnownImageResponse, _livepods_faces_v1_RemoveKnownImageResponse__Output>
        SetDisplayNamesRequest: MessageTypeDefinition<_livepods_faces_v1_SetDisplayNamesRequest, _livepods_faces_v1_SetDisplayNamesRequest__Output>
        SetDisplayNamesResponse: MessageTypeDefinition<_livepods_faces_v1_SetDisplayNamesResponse, _livepods_faces_v1_SetDisplayNamesResponse__Output>
        SkippedFile: MessageTypeDefinition<_livepods_faces_v1_SkippedFile, _livepods_faces_v1_SkippedFile__Output>
        UndeleteKnownPersonRequest: MessageTypeDefinition<_livepods_faces_v1_UndeleteKnownPersonRequest, _livepods_faces_v1_UndeleteKnownPersonRequest__Output>
        UndeleteKnownPersonResponse: MessageTypeDefinition<_livepods_faces_v1_UndeleteKnownPersonResponse, _livepods_faces_v1_UndeleteKnownPersonResponse__Output>
        WorkerStats: MessageTypeDefinition<_livepods_faces_v1_WorkerStats, _livepods_faces_v1_WorkerStats__Output>
      }
    }
  }
}

