import type { Log } from '@livepods/service'
import type { Session } from '@livepods/sql'
import type { Box } from '../pictures.ts'
import type { FaceService } from './face-service.ts'

/** What a change of people works with. Its session holds the lock under which people are changed, one change at a time. */
export interface Work {
  session: Session
  faces: Pick<
    FaceService,
    | 'add'
    | 'remove'
    | 'move'
    | 'deletePerson'
    | 'undeletePerson'
    | 'purgePerson'
    | 'list'
    | 'listing'
    | 'count'
    | 'describe'
    | 'gallery'
    | 'state'
    | 'confirmGone'
  >
  pictures: PortraitSource
  log: Log
}

export interface PortraitSource {
  /** A face cut out of a photo with a margin of so many of its sizes around it, as JPEG. Rejects as openImage does. */
  portrait(path: string, face: Box, margin: number): Promise<Buffer>
  /** The picture at `path` for keeping, as it is or, where that is large, smaller. */
  copy(path: string): Promise<Buffer>
  /** Forgets what was made of the picture at `path`. */
  forget(path: string): void
}
