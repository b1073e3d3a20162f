import type { ProtoGrpcType } from './generated/faces.ts'
import { load } from './load.ts'

const { described, types } = load<ProtoGrpcType>('livepods/faces/v1/faces.proto')

/** `livepods.faces.v1`: service and client of face recognition. */
export const faces = types.livepods.faces.v1

/** What reflection says about `faces`. */
export const facesDefinition = described
