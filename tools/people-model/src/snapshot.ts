import type { KnownFiles } from '@livepods/frontend/test/known-files'
import type { Database } from '@livepods/sql'

/** All that the real thing knows, by the ids of rows. */
export interface Snapshot {
  faces: Map<string, { person: string | null; decided: boolean; group: string | null; described: boolean }>
  people: Map<string, { name: string; deleted: boolean; images: Set<string> }>
  groups: Map<string, string | null>
  /** Two ids with a space between them, the smaller one first. */
  apart: Set<string>
  changes: Map<string, { action: string; undone: boolean }>
  /** What must never be, in sentences. */
  faults: string[]
}

export async function readSnapshot(database: Database, files: KnownFiles): Promise<Snapshot> {
  const [faces, people, images, groups, apart, changes, faults] = await Promise.all([
    database.rows<{
      id: string
      person_id: number | null
      decided: number
      group_id: string | null
      described: unknown
    }>('SELECT id, person_id, decided, group_id, descriptor IS NOT NULL AS described FROM faces ORDER BY id'),
    database.rows<{ id: number; name: string; folder: string; deleted_at: Date | null }>(
      'SELECT id, name, folder, deleted_at FROM person ORDER BY id',
    ),
    database.rows<{ image_name: string; person_id: number }>('SELECT image_name, person_id FROM person_images'),
    database.rows<{ id: string; person_id: number | null }>('SELECT id, person_id FROM face_groups ORDER BY id'),
    database.rows<{ a: string; b: string }>('SELECT a, b FROM group_apart'),
    database.rows<{ id: string; action: string; undone: unknown }>(
      "SELECT id, action, undone_at IS NOT NULL AS undone FROM face_changes WHERE action <> 'gone' ORDER BY id",
    ),
    database.rows<{ fault: string }>(FAULTS),
  ])
  const shown = (names: Iterable<string>) =>
    new Set([...names].map((name) => files.files.get(name)?.toString() ?? name))
  const of = Map.groupBy(images, ({ person_id }) => person_id)
  const text = (id: number | null) => (id === null ? null : `${id}`)
  return {
    faces: new Map(
      faces.map(({ id, person_id, decided, group_id, described }) => [
        id,
        { person: text(person_id), decided: decided === 1, group: group_id, described: Number(described) === 1 },
      ]),
    ),
    people: new Map(
      people.map(({ id, name, folder, deleted_at }) => {
        const aside = [...(files.deleted.get(folder)?.values() ?? [])].map(String)
        const used = shown((of.get(id) ?? []).map(({ image_name }) => image_name))
        return [`${id}`, { name, deleted: deleted_at !== null, images: new Set([...used, ...aside]) }]
      }),
    ),
    groups: new Map(groups.map(({ id, person_id }) => [id, text(person_id)])),
    apart: new Set(apart.map(({ a, b }) => `${a} ${b}`)),
    changes: new Map(changes.map(({ id, action, undone }) => [id, { action, undone: Number(undone) === 1 }])),
    faults: [...faults.map(({ fault }) => fault), ...faultsOfFiles(images, people, files)],
  }
}

/** Files and rows say the same. */
function faultsOfFiles(
  images: { image_name: string; person_id: number }[],
  people: { id: number; folder: string }[],
  { files, deleted }: KnownFiles,
): string[] {
  const folders = new Map(people.map(({ id, folder }) => [id, folder]))
  const rows = new Map(images.map(({ image_name, person_id }) => [image_name, folders.get(person_id)]))
  return [
    ...[...files.keys()].filter((name) => !rows.has(name)).map((name) => `The file ${name} has no row.`),
    ...[...rows].filter(([name]) => !files.has(name)).map(([name]) => `The row ${name} has no file.`),
    ...[...rows]
      .filter(([name, folder]) => folder !== name.slice(0, name.indexOf('/')))
      .map(([name, folder]) => `The image ${name} is ${folder}'s.`),
    ...[...deleted.keys()]
      .filter((folder) => ![...folders.values()].includes(folder))
      .map((folder) => `Images of ${folder}, who is no more, are set aside.`),
  ]
}

const FOLLOWS = `COALESCE((SELECT person_id FROM faces WHERE image_id = images.id AND person_id IS NOT NULL
  ORDER BY decided DESC, COALESCE(distance, 0), id LIMIT 1), -1)`

const FAULTS = `
  SELECT CONCAT('Photo ', id, ' says person ', person, ', its faces ', ${FOLLOWS}, '.') AS fault FROM images
    WHERE person <> ${FOLLOWS} OR outcome <> IF(${FOLLOWS} = -1, 'UNIDENTIFIED', 'IDENTIFIED') OR status <> IF(${FOLLOWS} = -1, 0, 1)
  UNION ALL SELECT CONCAT('Face ', faces.id, ' names a runner-up who is no more.') FROM faces LEFT JOIN person ON person.id = runner_up_id
    WHERE runner_up_id IS NOT NULL AND person.id IS NULL
  UNION ALL SELECT CONCAT('Change ', id, ' is not finished.') FROM face_changes
    WHERE JSON_UNQUOTE(JSON_EXTRACT(\`before\`, '$.state')) <> 'done'
  UNION ALL SELECT CONCAT('Cluster ', a, ' or ', b, ' of a cannot-link is no more.') FROM group_apart
    WHERE (SELECT COUNT(*) FROM face_groups WHERE id IN (a, b)) < 2`
