export { type App, type AppOptions, createApp } from './app.ts'
export { Problem, ProblemSchema } from './problem.ts'
export { strict } from './validation.ts'
