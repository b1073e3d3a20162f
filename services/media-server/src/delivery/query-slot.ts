/** Stands in a manifest behind every URI, where the query of its viewer goes: a token is asked for with each file. */
export const QUERY = '\0'
