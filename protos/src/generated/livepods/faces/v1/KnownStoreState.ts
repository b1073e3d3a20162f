// Original file: livepods/faces/v1/faces.proto

export const KnownStoreState = {
  KNOWN_STORE_STATE_UNSPECIFIED: 'KNOWN_STORE_STATE_UNSPECIFIED',
  KNOWN_STORE_STATE_PRESENT: 'KNOWN_STORE_STATE_PRESENT',
  KNOWN_STORE_STATE_AWAY: 'KNOWN_STORE_STATE_AWAY',
  KNOWN_STORE_STATE_HELD: 'KNOWN_STORE_STATE_HELD',
  KNOWN_STORE_STATE_PARTLY: 'KNOWN_STORE_STATE_PARTLY',
} as const;

export type KnownStoreState =
  | 'KNOWN_STORE_STATE_UNSPECIFIED'
  | 0
  | 'KNOWN_STORE_STATE_PRESENT'
  | 1
  | 'KNOWN_STORE_STATE_AWAY'
  | 2
  | 'KNOWN_STORE_STATE_HELD'
  | 3
  | 'KNOWN_STORE_STATE_PARTLY'
  | 4

export type KnownStoreState__Output = typeof KnownStoreState[keyof typeof KnownStoreState]
