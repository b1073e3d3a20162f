// Original file: livepods/faces/v1/faces.proto


export interface SetDisplayNamesResponse {
}

export interface SetDisplayNamesResponse__Output {
}
