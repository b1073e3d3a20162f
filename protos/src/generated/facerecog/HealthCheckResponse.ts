// Original file: facerecog/face.proto


export interface HealthCheckResponse {
  'ready'?: (boolean);
}

export interface HealthCheckResponse__Output {
  'ready': (boolean);
}
