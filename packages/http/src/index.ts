export { type App, type AppOptions, createApp } from './app.ts'
export { DrainEnv, drain } from './drain.ts'
export { Problem, ProblemSchema } from './problem.ts'
export { strict, validatorCompiler } from './validation.ts'
