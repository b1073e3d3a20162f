export { DatabaseServer, type DatabaseServerOptions } from './database-server.ts'
export { findChromium, findDatabaseProgram, findProgram } from './find-program.ts'
export { freePort } from './free-port.ts'
export { type DatabaseServerEnvironment, temporaryDatabaseServer } from './temporary-database-server.ts'
