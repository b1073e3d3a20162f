/** What an image holds, as `contents` finds it. */
export interface Contents {
  /** name@version of every package that lies in it. */
  packages: string[]
  /** The same of its bill of materials. */
  bill: string[]
  /** Programs for other platforms. */
  foreign: string[]
  /** What its user may write to. */
  writable: string[]
}

/** Runs inside the container, which has nothing of ours but the service. */
export const contents = `(${inside})()`

function inside() {
  const fs = require('node:fs') as typeof import('node:fs')
  const { join } = require('node:path') as typeof import('node:path')
  const packages = new Set<string>()
  const foreign: string[] = []
  const writable: string[] = []
  // Of an ELF file: who it is for (e_machine, and the loader that musl names).
  const machine = { x64: 62, arm64: 183 }[process.arch as 'x64']
  const look = (folder: string) => {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isSymbolicLink()) continue
      try {
        fs.accessSync(path, fs.constants.W_OK)
        writable.push(path)
      } catch {}
      if (entry.isDirectory()) look(path)
      else if (/\.(node|dylib|dll)$|\.so(\.|$)/.test(entry.name)) {
        const bytes = fs.readFileSync(path)
        if (bytes.toString('latin1', 1, 4) !== 'ELF' || bytes.readUInt16LE(18) !== machine || bytes.includes('ld-musl'))
          foreign.push(path)
      } else if (entry.name === 'package.json' && isPackage(folder)) {
        const { name, version } = JSON.parse(fs.readFileSync(path, 'utf8')) as { name: string; version: string }
        packages.add(`${name}@${version}`)
      }
    }
  }
  // Not the small package.json files within packages, which only say how to read a folder.
  const isPackage = (folder: string) =>
    folder.includes('/node_modules/') ? /\/node_modules\/(@[^/]+\/)?[^/]+$/.test(folder) : true
  look('/livepods')
  const bill = JSON.parse(fs.readFileSync('/livepods/sbom.cdx.json', 'utf8'))
  const nameOf = ({ group, name, version }: { group?: string; name: string; version: string }) =>
    `${group ? `${group}/` : ''}${name}@${version}`
  const named = [bill.metadata.component, ...bill.components].map(nameOf)
  console.log(JSON.stringify({ packages: [...packages].sort(), bill: named.sort(), foreign, writable }))
}
