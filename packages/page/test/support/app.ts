import { type App, createApp } from '@livepods/http'
import fastify from 'fastify'

/** The house set-up, silent. */
export function silentApp(): App {
  return createApp({ log: fastify().log as never })
}
