import type { ProtoGrpcType } from './generated/face.ts'
import { load } from './load.ts'

const { described, types } = load<ProtoGrpcType>('facerecog/face.proto')

/** `facerecog`: kube-cluster-sample's two services, for its clients. */
export const facerecog = types.facerecog

/** What reflection says about `facerecog`. */
export const facerecogDefinition = described
