export type { Face, Match, Person, Photo } from './photo.ts'
export { type Filter, type Page, PhotoReader } from './photo-reader.ts'
export { type PhotoRoutesOptions, photoRoutes } from './routes.ts'
export { hrefOf, IdSchema, StatusSchema } from './schemas.ts'
