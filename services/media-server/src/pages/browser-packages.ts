import { readFile } from 'node:fs/promises'
import type { AssetFolder } from '@livepods/page'

interface BrowserPackage {
  /** What of it browsers get. */
  assets: { root: URL; files: string[] }
  /** SPDX. */
  license: string
  home: string
  /** Files with the notices of its licence and of what is compiled into it, from `root`. */
  notices: string[]
}

const distOf = (name: string) => new URL('.', import.meta.resolve(name))

/** Packages that the pages load as they are; docker/src/needed.ts says which of their files are in the image. */
const PACKAGES: Record<string, BrowserPackage> = {
  'hls.js': {
    assets: { root: distOf('hls.js'), files: ['hls.min.mjs', 'hls.worker.js'] },
    license: 'Apache-2.0',
    home: 'https://github.com/video-dev/hls.js',
    notices: ['../LICENSE'],
  },
  'dash.js': {
    assets: { root: distOf('dashjs'), files: ['dash.mediaplayer.min.js'] },
    license: 'BSD-3-Clause',
    home: 'https://github.com/Dash-Industry-Forum/dash.js',
    notices: ['../../../LICENSE.md', 'dash.mediaplayer.min.js.LICENSE.txt'],
  },
  'mpegts.js': {
    assets: { root: distOf('mpegts.js'), files: ['mpegts.js'] },
    license: 'Apache-2.0',
    home: 'https://github.com/xqq/mpegts.js',
    notices: ['../LICENSE', 'mpegts.js.LICENSE.txt'],
  },
  uPlot: {
    assets: { root: distOf('uplot'), files: ['uPlot.esm.js', 'uPlot.min.css'] },
    license: 'MIT',
    home: 'https://github.com/leeoniya/uPlot',
    notices: ['../LICENSE'],
  },
}

export const BROWSER_ASSETS: Record<string, AssetFolder> = Object.fromEntries(
  Object.entries(PACKAGES).map(([name, { assets }]) => [name, assets]),
)

export interface Notice {
  name: string
  license: string
  home: string
  text: string
}

/** What their licences ask to be given with them. */
export async function readNotices(): Promise<Notice[]> {
  return await Promise.all(
    Object.entries(PACKAGES).map(async ([name, { assets, license, home, notices }]) => {
      const texts = notices.map((file) => readFile(new URL(file, assets.root), 'utf8'))
      return { name, license, home, text: (await Promise.all(texts)).map((text) => text.trim()).join('\n\n') }
    }),
  )
}
