import type { Table } from '../report.ts'
import { type Accuracy, THRESHOLDS } from './accuracy.ts'
import type { Names } from './identification.ts'

const SHOWN = [0.45, 0.5, 0.55, 0.6]

/** True and false matches over all pairs, and who was called what. */
export function accuracyTables(accuracies: Readonly<Record<string, Accuracy>>): Table[] {
  return [pairTable(accuracies), nameTable(accuracies)]
}

function pairTable(accuracies: Readonly<Record<string, Accuracy>>): Table {
  const { photos = 0, genuine = 0, impostor = 0 } = Object.values(accuracies)[0] ?? {}
  return {
    title: 'Accuracy on pairs',
    about: `${photos} photos without duplicates: ${genuine} pairs of one person, ${impostor} of two. Each cell: true matches / false matches / correct decisions. A photo without a face matches nobody. Largest face of each photo.`,
    columns: ['engine', 'no face', ...SHOWN.map((threshold) => threshold.toFixed(2)), 'TPR at 0.60'],
    rows: Object.entries(accuracies).map(([engine, { withoutFace, decisions }]) => [
      engine,
      `${withoutFace} of ${photos} (${percent(withoutFace, photos)})`,
      ...SHOWN.map((threshold) => {
        const { trueMatches, falseMatches, correct } = decisionsAt(decisions, threshold)
        return `${trueMatches} / ${falseMatches} / ${correct}`
      }),
      percent(decisionsAt(decisions, 0.6).trueMatches, genuine),
    ]),
  }
}

function nameTable(accuracies: Readonly<Record<string, Accuracy>>): Table {
  const kinds = ['known', 'groups', 'strangers'] as const
  return {
    title: 'Known and unknown people',
    about:
      'At 0.6, by the rule of the service for everyone: nearest image within the threshold and, of a person with two images or more, the mean too. Each cell: right / wrong / no name. Single photos of known people by the largest face, group photos and photos of strangers by all faces (in a group, of people who are not enrolled as well, no name is right too; among strangers only no name is).',
    columns: ['folder, photos', ...Object.keys(accuracies)],
    rows: ['azure', 'portraits', 'compat'].flatMap((folder) =>
      kinds.flatMap((kind) => {
        const cells = Object.values(accuracies).map(({ identification }) => identification[folder]?.[kind])
        return cells.some((cell) => cell && total(cell) > 0) ? [[`${folder}, ${kind}`, ...cells.map(nameCell)]] : []
      }),
    ),
  }
}

/** What a threshold made of the pairs. */
export function decisionsAt(decisions: Accuracy['decisions'], threshold: number): Accuracy['decisions'][number] {
  const found = decisions[THRESHOLDS.indexOf(threshold)]
  if (!found) throw new Error(`${threshold} is not one of the thresholds ${THRESHOLDS.join()}.`)
  return found
}

function nameCell(names: Names | undefined): string {
  return names ? `${names.right} / ${names.wrong} / ${names.none}` : '–'
}

function total({ right, wrong, none }: Names): number {
  return right + wrong + none
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`
}
