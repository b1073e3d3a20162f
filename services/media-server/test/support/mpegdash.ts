import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { promisify } from 'node:util'
import { requireProgram } from '@livepods/system'

const pip = await requireProgram('pip', console.log)
const folder = mkdtempSync(join(tmpdir(), 'livepods-mpegdash-'))
after(() => rmSync(folder, { recursive: true }))
await promisify(execFile)(pip, ['install', '--quiet', '--no-deps', '--target', folder, 'mpegdash==0.4.1'])

/** Prints one line of JSON: what mpegdash finds in the MPD that is its argument. */
const SCRIPT = `
import json, sys
from mpegdash.parser import MPEGDASHParser
mpd = MPEGDASHParser.parse(sys.argv[1])
print(json.dumps({
  'type': mpd.type,
  'duration': mpd.media_presentation_duration,
  'periods': [{
    'start': period.start,
    'segments': {
      adaptation.content_type: sum((run.r or 0) + 1 for run in adaptation.representations[0].segment_templates[0].segment_timelines[0].Ss)
      for adaptation in period.adaptation_sets
    },
  } for period in mpd.periods],
}))
`

export interface ParsedMpd {
  type: 'static' | 'dynamic'
  duration: string | null
  periods: { start: string; segments: Record<string, number> }[]
}

/** What PyPI's mpegdash reads of an MPD. Rejects where it cannot. */
export async function parseMpd(mpd: string): Promise<ParsedMpd> {
  const env = { ...process.env, PYTHONPATH: folder }
  const { stdout } = await promisify(execFile)('python3', ['-c', SCRIPT, mpd], { env })
  return JSON.parse(stdout) as ParsedMpd
}
