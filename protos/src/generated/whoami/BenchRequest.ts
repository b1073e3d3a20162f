// Original file: whoami/whoami.proto


export interface BenchRequest {
}

export interface BenchRequest__Output {
}
