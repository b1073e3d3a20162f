// Original file: livepods/faces/v1/faces.proto


export interface GetStatsRequest {
}

export interface GetStatsRequest__Output {
}
