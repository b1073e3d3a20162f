// Original file: livepods/faces/v1/faces.proto

import type { PersonName as _livepods_faces_v1_PersonName, PersonName__Output as _livepods_faces_v1_PersonName__Output } from '../../../livepods/faces/v1/PersonName.ts';
import type { ImageName as _livepods_faces_v1_ImageName, ImageName__Output as _livepods_faces_v1_ImageName__Output } from '../../../livepods/faces/v1/ImageName.ts';

export interface SetDisplayNamesRequest {
  'version'?: (string);
  'people'?: (_livepods_faces_v1_PersonName)[];
  'images'?: (_livepods_faces_v1_ImageName)[];
}

export interface SetDisplayNamesRequest__Output {
  'version': (string);
  'people': (_livepods_faces_v1_PersonName__Output)[];
  'images': (_livepods_faces_v1_ImageName__Output)[];
}
