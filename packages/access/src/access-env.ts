import { Type } from 'typebox'

const file = (description: string) => Type.Optional(Type.String({ minLength: 1, description }))

/** For a service with a public listener; spread it into the service's own schema. */
export const AccessEnv = {
  ACCESS_TOKENS_FILE: file(
    'who may come in: lines "token role [name]", roles read, submit, manage, each with those before it; read again when it changes; without it everybody may do everything',
  ),
}

/** For a client of such a service. */
export const AccessTokenEnv = {
  ACCESS_TOKEN_FILE: file('holds the token that is sent to other services; read again when it changes'),
}
