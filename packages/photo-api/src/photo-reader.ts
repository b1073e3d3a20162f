import { IN_STATE, STATUS, type State, type Status } from '@livepods/photo'
import type { Database, Value } from '@livepods/sql'
import type { Photo } from './photo.ts'
import { type FaceRow, faceOf, type PhotoRow, photoOf } from './photo-row.ts'

export interface Filter {
  /** A status stands for all states that have it. */
  state?: State | Status | undefined
  status?: Status | undefined
  /** Photos on which this person was recognised. */
  person?: number | undefined
  /** Photos older than this one, in decimal. */
  before?: string | undefined
}

export interface Page {
  photos: Photo[]
  /** `before` of the next page; undefined: this is the last. */
  next: string | undefined
}

interface Query {
  sql: string
  values: Value[]
}

const COLUMNS = `images.id, images.path, images.status, images.outcome, images.person, person.name AS person_name, images.attempts,
  images.rounds, images.claimed_by, images.due_at, images.claimed_at, images.finished_at, images.last_error, images.truncated,
  images.incomplete, images.more_faces,  images.created_at, images.updated_at`

/** A deleted person is shown to nobody, although that can still be undone. */
const THERE = 'person.id = images.person AND person.deleted_at IS NULL'

/** Reads photos with their faces. Every method rejects with DatabaseUnavailableError when another try later may succeed. */
export class PhotoReader {
  readonly #database: Pick<Database, 'rows'>

  constructor(database: Pick<Database, 'rows'>) {
    this.#database = database
  }

  /** At most `limit` photos, newest first. */
  async page(filter: Filter, limit: number): Promise<Page> {
    const wanted = filter.person === undefined ? newest(filter) : newestOf(filter.person, filter)
    // Joining only what is wanted: MySQL would sort the whole table, joined, before it takes the first.
    const rows = await this.#database.rows<PhotoRow>(
      `SELECT ${COLUMNS} FROM (${wanted.sql} LIMIT ${limit + 1}) AS wanted JOIN images ON images.id = wanted.id
        LEFT JOIN person ON ${THERE} ORDER BY images.id DESC`,
      wanted.values,
    )
    const photos = await this.#withFaces(rows.slice(0, limit))
    return { photos, next: rows.length > limit ? photos.at(-1)?.id : undefined }
  }

  async photo(id: string): Promise<Photo | undefined> {
    return (await this.photos([id]))[0]
  }

  /** The photos of these ids that are still there, the oldest first. */
  async photos(ids: string[]): Promise<Photo[]> {
    if (ids.length === 0) return []
    const rows = await this.#database.rows<PhotoRow>(
      `SELECT ${COLUMNS} FROM images LEFT JOIN person ON ${THERE} WHERE images.id IN (?) ORDER BY images.id`,
      [ids],
    )
    return await this.#withFaces(rows)
  }

  async #withFaces(rows: PhotoRow[]): Promise<Photo[]> {
    if (rows.length === 0) return []
    const faces = await this.#database.rows<FaceRow>(
      `SELECT faces.id, faces.image_id, faces.x, faces.y, faces.width, faces.height, faces.score, faces.quality, faces.decided, faces.group_id,
        faces.person_id, nearest.name AS person_name, faces.distance, faces.runner_up_id, second.name AS runner_up_name,
        faces.runner_up_distance
        FROM faces LEFT JOIN person AS nearest ON nearest.id = faces.person_id AND nearest.deleted_at IS NULL
        LEFT JOIN person AS second ON second.id = faces.runner_up_id AND second.deleted_at IS NULL
        WHERE faces.image_id IN (?) ORDER BY faces.image_id, faces.id`,
      [rows.map(({ id }) => id)],
    )
    const ofImage = Map.groupBy(faces, (face) => face.image_id)
    return rows.map((row) => photoOf(row, (ofImage.get(row.id) ?? []).map(faceOf)))
  }
}

function newest({ before, ...filter }: Filter): Query {
  const conditions = ['TRUE', ...conditionsOf(filter), ...(before ? ['images.id < ?'] : [])]
  return {
    sql: `SELECT images.id FROM images WHERE ${conditions.join(' AND ')} ORDER BY images.id DESC`,
    values: before ? [before] : [],
  }
}

/** Grouped in the order of the index (person_id, image_id), so that it ends with the last photo of the page. */
function newestOf(person: number, { before, ...filter }: Filter): Query {
  const conditions = conditionsOf(filter)
  const join =
    conditions.length > 0 ? `JOIN images ON ${['images.id = faces.image_id', ...conditions].join(' AND ')}` : ''
  return {
    sql: `SELECT faces.image_id AS id FROM faces ${join} WHERE faces.person_id = ?
      ${before ? 'AND faces.image_id < ?' : ''} GROUP BY faces.image_id ORDER BY faces.image_id DESC`,
    values: [person, ...(before ? [before] : [])],
  }
}

/** Conditions on `images` without parameters: what state and status may be is a closed set. */
function conditionsOf({ state, status }: Pick<Filter, 'state' | 'status'>): string[] {
  return [state, status].flatMap((word) => (word ? conditionOf(word) : []))
}

const isStatus = (word: State | Status): word is Status => word in STATUS

const conditionOf = (word: State | Status) => (isStatus(word) ? `status = ${STATUS[word]}` : IN_STATE[word])
