import { faces } from './faces/suite.ts'
import { people } from './people/suite.ts'
import { pipeline } from './pipeline/suite.ts'
import type { Suite } from './suite.ts'

/** Every benchmark by the name it is called with. */
export const SUITES: Readonly<Record<string, Suite>> = { faces, pipeline, people }
