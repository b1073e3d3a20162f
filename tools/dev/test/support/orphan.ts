// Says when what started it is gone.
import { parentsGone } from '../../src/parents.ts'

parentsGone().addEventListener('abort', () => {
  console.log('gone')
  process.exit(0)
})
console.log('running')
