import type { Compare } from '../gallery/known-faces.ts'
import type { LookBudget } from './look-budget.ts'
import type { ModelFiles } from './onnx/model-files.ts'
import type { Pyramid } from './pyramid.ts'
import type { Point, Similarity } from './similarity.ts'
import type { UprightRule } from './upright-rule.ts'

/** Edges in pixels of the picture; may reach beyond it. */
export interface Detection {
  left: number
  top: number
  right: number
  bottom: number
  /** Certainty, 0 to 1. */
  score: number
}

/** A face as it is brought upright. */
export interface Aligned {
  /** Landmarks in pixels of the picture. */
  points: Point[]
  /** The way from the upright chip into the picture. */
  chip: Similarity
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

/** The nets of @vladmandic/face-api on onnxruntime-node, those of OpenCV's model zoo there, or face-api itself, the reference. */
export type EngineName = 'onnx' | 'opencv' | 'face-api'

/** What computes for face-api. */
export type Backend = 'tfjs-node' | 'wasm'

/** What a worker is told. */
export type EngineOptions = {
  /** The most faces of one picture that are described. */
  maxFaces?: number | undefined
} & (
  | { engine: 'onnx'; models?: ModelFiles | undefined }
  | { engine: 'opencv'; folder: string; models?: ModelFiles | undefined }
  | { engine: 'face-api'; backend?: Backend | undefined }
)

/** Nets on one thread, and how they are used on a picture. What is around them is `describe.ts`, for every engine. */
export interface Engine {
  /** The faces with a score of at least 0.5, in any order. */
  detect(pyramid: Pyramid, options: DetectOptions): Promise<Detected>
  /** Small faces, at the side that `detect` told. */
  detectFar(pyramid: Pyramid, side: number, budget: LookBudget): Promise<Detection[]>
  /** The faces that one quick look finds: for telling which way up a picture is. */
  detectAtOnce(pyramid: Pyramid, budget: LookBudget): Promise<Detection[]>
  /** Which way up a picture is, by its faces. */
  readonly upright: UprightRule
  /**
   * How little each square of the picture (the way into it from LANDMARK_SIZE pixels) looks like a face that stands upright in it: mean
   * distance of its landmarks from those of the mean face, 2 to 8 of a face that is seen as it is.
   */
  misfits(pyramid: Pyramid, squares: Similarity[]): Promise<number[]>
  /** Landmarks and upright chip of each detection. */
  align(pyramid: Pyramid, detections: Detection[]): Promise<Aligned[]>
  /** Side of an upright chip in pixels. */
  readonly chipSize: number
  /** 128 numbers for each upright chip (RGB), which are its own from then on. */
  descriptors(chips: Uint8Array[]): Promise<Float32Array[]>
  /** For comparing with many known people fast; plain JavaScript where an engine has none. */
  readonly compare?: Compare
  close(): Promise<void>
}

/** An engine with a net that sees 68 landmarks. */
export interface LandmarkEngine extends Engine {
  /** In each square crop of LANDMARK_SIZE pixels (RGB), in pixels of that crop. */
  landmarks(crops: Uint8Array[]): Promise<Point[][]>
}

/** Side in pixels of what the landmark net looks at. */
export const LANDMARK_SIZE = 112
/** Least score of a detection that counts as a face. */
export const MIN_SCORE = 0.5
