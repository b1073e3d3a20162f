/** Of our own packages: what only people, compilers and tests read. */
const OURS = /^(node_modules|test|tools|README\.md|Dockerfile|(tsconfig|turbo)\.json|buf\.yaml)$/
/** Of all others: types, and maps to sources that are not there. */
const OTHERS = /\.(d\.[cm]?ts|map)$/
/** Of onnxruntime-node: programs of all platforms lie in it. */
const PROGRAMS = /^bin\/[^/]+\/[^/]+(\/[^/]+)?/
/** Of face-api: the nets that face-recognition runs itself, and the photos that are our samples. */
const NETS = /^(package\.json|LICENSE|model(\/(ssd_mobilenetv1|face_landmark_68|face_recognition)_model[.-].*)?)$/
const PHOTOS = /^(package\.json|LICENSE|demo(\/sample\d\.jpg)?)$/
/** Of what only browsers run: the files that media-server serves, with their licences. */
const FOR_BROWSERS: Record<string, RegExp> = {
  'hls.js': /^(package\.json|LICENSE|dist(\/hls\.(min\.mjs|worker\.js))?)$/,
  dashjs: /^(package\.json|LICENSE\.md|dist(\/modern(\/esm(\/dash\.mediaplayer\.min\.js(\.LICENSE\.txt)?)?)?)?)$/,
}

interface Package {
  name: string
  /** Who is bundled. */
  of: string
  /** With the optional peers of our packages. */
  optional: boolean
}

/** Whether `of` needs this path of a package to run (relative to the package; "" is the package itself). */
export function isNeeded(path: string, { name, of, optional }: Package): boolean {
  if (path === '') return true
  if (name.startsWith('@livepods/')) return !OURS.test(path)
  if (OTHERS.test(path)) return false
  if (name === '@vladmandic/face-api' && !optional) return (of === '@livepods/samples' ? PHOTOS : NETS).test(path)
  const forBrowsers = FOR_BROWSERS[name]
  if (forBrowsers) return forBrowsers.test(path)
  if (name !== 'onnxruntime-node') return true
  const [program] = PROGRAMS.exec(path) ?? []
  return program === undefined || `${ours(program)}/`.startsWith(`${program}/`)
}

/** bin/napi-v6/darwin/arm64 → bin/napi-v6/linux/x64, if that is what we run on. */
function ours(program: string): string {
  return [...program.split('/').slice(0, 2), process.platform, process.arch].join('/')
}
