export { TlsFiles, type TlsFilesOptions, type TlsVariables } from './tls-files.ts'
