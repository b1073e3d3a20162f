import type { Database } from '@livepods/sql'

/** What the database promises of a commit. */
export interface Durability {
  version: string
  innodb_flush_log_at_trx_commit: number
  log_bin: number
  sync_binlog: number
}

/** Rejects when a commit is not on disk: then no number would count. */
export async function durabilityOf(database: Database): Promise<Durability> {
  const [row] = await database.rows<Record<keyof Durability, string>>(
    `SELECT @@version AS version, @@innodb_flush_log_at_trx_commit AS innodb_flush_log_at_trx_commit,
       @@log_bin AS log_bin, @@sync_binlog AS sync_binlog`,
  )
  const durability = {
    version: row?.version ?? '',
    innodb_flush_log_at_trx_commit: Number(row?.innodb_flush_log_at_trx_commit),
    log_bin: Number(row?.log_bin),
    sync_binlog: Number(row?.sync_binlog),
  }
  if (durability.innodb_flush_log_at_trx_commit !== 1)
    throw new Error('The database does not flush its log at every commit (innodb_flush_log_at_trx_commit is not 1).')
  return durability
}

export function durabilitySentence({ version, log_bin, sync_binlog }: Durability): string {
  const binaryLog = log_bin === 1 ? `a binary log (sync_binlog=${sync_binlog})` : 'no binary log'
  return `The database is ${version} with innodb_flush_log_at_trx_commit=1 and ${binaryLog}, on the disk of the temporary folder.`
}
