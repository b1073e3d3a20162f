import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { UsageError } from '@livepods/service'

export interface CommandLine {
  /** Photos and folders, absolute. */
  inputs: string[]
  /** Folder of known people, absolute. */
  known: string
  json: boolean
  threshold: number | undefined
  /** Where photos with boxes and names go: a file for one photo, a folder for more. */
  draw: string | undefined
  /** Folder that keeps embeddings of known people. */
  cache: string | undefined
  workers: number | undefined
}

export const USAGE = `identify <photo or folder>... --known <folder> [options]

Who is on the photos. The folder of known people has a folder for each person (anna/1.jpg, anna/2.jpg), or files like anna_1.jpg.

  --known <folder>    the known people
  --threshold <n>     largest distance at which a face is that person, above 0, at most 1 (0.6; smaller is stricter)
  --json              one line of JSON for each photo; boxes in pixels of the upright photo
  --draw <out.jpg>    the photo with boxes and names; a folder when there are several photos
  --cache <folder>    keeps what is known of the known people there, so that the next run starts at once
  --workers <n>       photos that are looked at at once (the number of cores, at most 4)
  -h, --help

FACE_ENGINE, FACE_MODELS, FACE_WORKERS, FACE_THRESHOLD, GALLERY_DIR (= --cache) and IMAGE_MAX_MEGABYTES count as for
the service.

Ends with 0 when all photos were looked at, 1 when some could not be, 64 when the command is wrong, 78 when the engine cannot be loaded.
`

/** What the arguments say, paths relative to `folder`; undefined when help is wanted. Throws UsageError. */
export function readCommandLine(arguments_: string[], folder: string): CommandLine | undefined {
  const { values, positionals } = parsed(arguments_)
  if (values.help) return undefined
  if (positionals.length === 0) throw new UsageError('Name a photo, or a folder of photos.')
  if (!values.known) throw new UsageError('Name the folder of known people: --known <folder>.')
  const path = (text: string | undefined) => (text === undefined ? undefined : resolve(folder, text))
  return {
    inputs: positionals.map((text) => resolve(folder, text)),
    known: resolve(folder, values.known),
    json: values.json ?? false,
    threshold: numberOf('threshold', values.threshold, (value) => value > 0 && value <= 1, 'above 0 and at most 1'),
    draw: path(values.draw),
    cache: path(values.cache),
    workers: numberOf(
      'workers',
      values.workers,
      (value) => Number.isInteger(value) && value >= 1 && value <= 64,
      '1 to 64',
    ),
  }
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        known: { type: 'string' },
        json: { type: 'boolean' },
        threshold: { type: 'string' },
        draw: { type: 'string' },
        cache: { type: 'string' },
        workers: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message.split('\n')[0], { cause: error })
  }
}

function numberOf(
  name: string,
  text: string | undefined,
  fits: (value: number) => boolean,
  range: string,
): number | undefined {
  if (text === undefined) return undefined
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!fits(value)) throw new UsageError(`--${name} is "${text}", but must be ${range}.`)
  return value
}
