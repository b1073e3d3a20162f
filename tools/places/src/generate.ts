// Writes the lists that follow from the declarations.
import { declarationsIn, repository } from '@livepods/system'
import { writeLists } from './lists.ts'

await writeLists(repository, await declarationsIn())
