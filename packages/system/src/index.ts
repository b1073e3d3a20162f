export { DatabaseServer, type DatabaseServerOptions } from './database-server.ts'
export {
  DeclarationError,
  type Declared,
  declarationsIn,
  jobsIn,
  listenersOf,
  ofGroup,
  repository,
  serversIn,
  servicesIn,
  usualPort,
} from './declarations.ts'
export { CHROMIUM_ARGUMENTS, findChromium, findDatabaseProgram, findProgram } from './find-program.js'
export { freePort, freePorts } from './free-port.ts'
export { addresses, addressForOthers, addressOf, isAny, LOOPBACK } from './host.ts'
export { NODE_COMPILE_CACHE } from './node-process.ts'
export { NotStartedError } from './not-started.ts'
export { PidFiles } from './pid-files.ts'
export { requireProgram } from './requirement.js'
export { servicesOf, withCalled } from './selection.ts'
export { startOrder } from './start-order.ts'
export type { Started } from './started.ts'
export { type Edge, edgesOf } from './suite.ts'
export { type Ending, Supervised } from './supervised.ts'
export { suspend } from './suspend.ts'
export { type Lacks, System, type SystemOptions } from './system.ts'
export { usualPorts } from './system-ports.ts'
export { type DatabaseServerEnvironment, temporaryDatabaseServer } from './temporary-database-server.ts'
export { type CertificateFiles, replaceFile, TestAuthority } from './test-authority.ts'
