import { hostname } from 'node:os'

/** This process, as rows name it: of a pod, or of a machine. At most 64 characters of ASCII. */
export const PROCESS_NAME = `${hostname().slice(0, 48)}.${process.pid}`
