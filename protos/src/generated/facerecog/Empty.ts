// Original file: facerecog/face.proto


export interface Empty {
}

export interface Empty__Output {
}
