export { freshDatabase, type TestDatabase } from './database.ts'
export { eventually } from './eventually.ts'
export { type SpawnedService, spawnService } from './spawn-service.ts'
