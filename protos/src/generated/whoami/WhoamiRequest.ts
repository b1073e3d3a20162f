// Original file: whoami/whoami.proto


export interface WhoamiRequest {
}

export interface WhoamiRequest__Output {
}
