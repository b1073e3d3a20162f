import { kubectl } from './kubectl.ts'

const LOGIN = 'mysql --no-defaults -B -u livepods -p"$(cat /secrets/password)" kube 2>/dev/null'

/** Runs statements as the suite's own account, in the pod of the database. Returns what they print: columns between tabs, below their names. */
async function mysql(statements: string): Promise<string> {
  return await kubectl(['-n', 'livepods', 'exec', '-i', 'mysql-0', '--', 'bash', '-c', LOGIN], { input: statements })
}

/** Statements without a result. */
export async function change(statements: string): Promise<void> {
  await mysql(statements)
}

/** The rows of one statement; every value is text, or null. */
export async function rows<Row>(statement: string): Promise<Row[]> {
  const [names = '', ...lines] = (await mysql(statement)).split('\n')
  return lines.map((line) => {
    const values = line.split('\t').map((value) => (value === 'NULL' ? null : value))
    return Object.fromEntries(names.split('\t').map((name, at) => [name, values[at]])) as Row
  })
}
