import type { Compare } from '../gallery/known-faces.ts'
import type { LookBudget } from './look-budget.ts'
import type { ModelFiles } from './onnx/model-files.ts'
import type { Pyramid } from './pyramid.ts'
import type { Point } from './similarity.ts'

/** Edges in pixels of the picture; may reach beyond it. */
export interface Detection {
  left: number
  top: number
  right: number
  bottom: number
  /** Certainty, 0 to 1. */
  score: number
}

export interface DetectOptions {
  budget: LookBudget
  /** The longer side of the file, of which the picture may be a smaller copy. */
  originalSide: number
}

export interface Detected {
  faces: Detection[]
  /** There may be smaller faces: the side to look at for them. */
  far?: number
}

/** onnxruntime-node, or @vladmandic/face-api itself, the reference. */
export type EngineName = 'onnx' | 'face-api'

/** What computes for face-api. */
export type Backend = 'tfjs-node' | 'wasm'

export interface EngineOptions {
  engine: EngineName
  /** Only for face-api; by default tfjs-node where its addon loads, else WASM. */
  backend?: Backend | undefined
  /** The most faces of one picture that are described. */
  maxFaces?: number | undefined
  /** Only for onnx: the nets, made already. */
  models?: ModelFiles | undefined
}

/** Three nets on one thread. What is around them (decoding, landmarks in passes, upright chips) is `describe.ts`, for every engine. */
export interface Engine {
  /** The faces with a score of at least 0.5, in any order. */
  detect(pyramid: Pyramid, options: DetectOptions): Promise<Detected>
  /** Small faces, at the side that `detect` told. */
  detectFar(pyramid: Pyramid, side: number, budget: LookBudget): Promise<Detection[]>
  /** The faces that one quick look finds: for telling which way up a picture is. */
  detectAtOnce(pyramid: Pyramid, budget: LookBudget): Promise<Detection[]>
  /** 68 landmarks in each square crop of LANDMARK_SIZE pixels (RGB), in pixels of that crop. */
  landmarks(crops: Uint8Array[]): Promise<Point[][]>
  /** 128 numbers for each upright chip of CHIP_SIZE pixels (RGB). */
  descriptors(chips: Uint8Array[]): Promise<Float32Array[]>
  /** For comparing with many known people fast; plain JavaScript where an engine has none. */
  readonly compare?: Compare
  close(): Promise<void>
}

/** Side in pixels of what the landmark net looks at. */
export const LANDMARK_SIZE = 112
/** Least score of a detection that counts as a face. */
export const MIN_SCORE = 0.5
