import type { Work } from '../trial.ts'

/** A photo as the database has it in the end. */
export interface Row extends Work {
  id: string
  path: string
  key: string | null
  status: number
  person: number
  attempts: number
  isFinal: boolean
  /** Rows in `faces`. */
  faces: number
}

/** A photo that became final, as the trigger saw it. */
export interface Effect {
  id: string
  generation: number
  rounds: number
  outcome: string
}

/** Where the statements of the audit run. */
export interface Statements {
  change(sql: string): Promise<unknown>
  rows<Row>(sql: string): Promise<Row[]>
}

/** The audit's own rule, not that of the services: it would share their mistakes. A test compares both. */
export const FINAL = 'due_at IS NULL AND outcome IS NOT NULL'

/** Counts effects inside the database, where no service can hide one, and reads what is there in the end. */
export class Audit {
  readonly #database: Statements

  constructor(database: Statements) {
    this.#database = database
  }

  /** An effect is a row that became final. The condition does not look at the token: a fault of the token could hide from it. */
  async install(): Promise<void> {
    await this.#database.change(
      'CREATE TABLE audit_effects (id BIGINT UNSIGNED, generation INT, rounds INT, outcome VARCHAR(16), KEY (id)) ENGINE=InnoDB',
    )
    await this.#database.change(`CREATE TRIGGER audit AFTER UPDATE ON images FOR EACH ROW INSERT INTO audit_effects
      SELECT NEW.id, NEW.generation, NEW.rounds, NEW.outcome FROM (SELECT 1) d
      WHERE NEW.outcome IS NOT NULL AND NEW.due_at IS NULL AND NOT (NEW.finished_at <=> OLD.finished_at)`)
    await this.#database.change('CREATE TABLE audit_losses (id BIGINT UNSIGNED) ENGINE=InnoDB')
    await this.#database.change(`CREATE TRIGGER audit_loss AFTER UPDATE ON images FOR EACH ROW INSERT INTO audit_losses
      SELECT NEW.id FROM (SELECT 1) d WHERE OLD.outcome = 'IDENTIFIED' AND NEW.outcome = 'UNIDENTIFIED'`)
  }

  /** How many photos there are, and how many of them are final. */
  async progress(): Promise<{ all: number; final: number }> {
    const [counts] = await this.#database.rows<{ photos: string; final: string | null }>(
      `SELECT COUNT(*) AS photos, SUM(${FINAL}) AS final FROM images i`,
    )
    return { all: Number(counts?.photos), final: Number(counts?.final ?? 0) }
  }

  async rows(): Promise<Row[]> {
    const rows = await this.#database.rows<Omit<Row, 'isFinal' | 'faces'> & { final: unknown; faces: string }>(
      `SELECT i.id, i.path, i.idempotency_key AS \`key\`, i.status, i.outcome, i.person, i.attempts, ${FINAL} AS final,
         (SELECT COUNT(*) FROM faces f WHERE f.image_id = i.id) AS faces,
         CAST(UNIX_TIMESTAMP(CONVERT_TZ(i.created_at, '+00:00', @@session.time_zone)) * 1000 AS SIGNED) AS createdAt,
         CAST(UNIX_TIMESTAMP(CONVERT_TZ(i.finished_at, '+00:00', @@session.time_zone)) * 1000 AS SIGNED) AS finishedAt
       FROM images i ORDER BY i.id`,
    )
    return rows.map(({ final, faces, createdAt, finishedAt, ...row }) => ({
      ...row,
      isFinal: Number(final) === 1,
      faces: Number(faces),
      createdAt: Number(createdAt),
      finishedAt: finishedAt === null ? null : Number(finishedAt),
    }))
  }

  async losses(): Promise<string[]> {
    const rows = await this.#database.rows<{ id: string }>('SELECT DISTINCT id FROM audit_losses')
    return rows.map(({ id }) => id)
  }

  async effects(): Promise<Effect[]> {
    return await this.#database.rows<Effect>('SELECT id, generation, rounds, outcome FROM audit_effects')
  }
}
