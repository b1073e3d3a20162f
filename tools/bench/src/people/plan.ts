/** How much of everything is measured. */
export interface Plan {
  upload: { rounds: number; megabytes: number }
  paint: { rounds: number; photos: number }
  naming: { rounds: number; photos: number }
  look: { rounds: number; faces: number; uploadsPerSecond: number }
}

/** What counts, in some minutes. */
export const FULL: Plan = {
  upload: { rounds: 7, megabytes: 4 },
  paint: { rounds: 9, photos: 48 },
  naming: { rounds: 5, photos: 1000 },
  look: { rounds: 2, faces: 100_000, uploadsPerSecond: 5 },
}

/** Does everything work? In a minute or two. */
export const QUICK: Plan = {
  upload: { rounds: 2, megabytes: 4 },
  paint: { rounds: 2, photos: 12 },
  naming: { rounds: 1, photos: 200 },
  look: { rounds: 1, faces: 10_000, uploadsPerSecond: 5 },
}

/** The smallest of everything, for the tests of the suite itself. */
export const TINY: Plan = {
  upload: { rounds: 1, megabytes: 0.2 },
  paint: { rounds: 1, photos: 2 },
  naming: { rounds: 1, photos: 5 },
  look: { rounds: 1, faces: 300, uploadsPerSecond: 5 },
}
