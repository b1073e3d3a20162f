export { freshDatabase, type TestDatabase } from './database.ts'
export { Door } from './door.ts'
export { eventually } from './eventually.ts'
export { type SpawnedService, spawnService } from './spawn-service.ts'
