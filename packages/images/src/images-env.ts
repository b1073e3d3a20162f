import { address, file } from '@livepods/service/env'
import { Type } from 'typebox'

/** Where pictures are; spread it into a service's schema. */
export const ImagesEnv = {
  UNKNOWN_PEOPLE: Type.String({
    minLength: 1,
    default: 'unknown_people',
    description: 'folder of submitted pictures; relative paths and /unknown_people/… lie in it',
  }),
  KNOWN_PEOPLE: Type.String({
    minLength: 1,
    default: 'known_people',
    description: 'folder of known people; /known_people/… lies in it',
  }),
  IMAGE_ROOTS: Type.Optional(
    Type.String({ description: 'further folders, colon separated, whose absolute paths are allowed' }),
  ),
  IMAGE_MAX_MEGABYTES: Type.Number({
    exclusiveMinimum: 0,
    maximum: 1000,
    default: 25,
    description: 'largest picture file',
  }),
  IMAGE_STORE: Type.Optional(
    Type.String({
      pattern: '^(file:///.+|s3://[a-z0-9][a-z0-9.-]+(/.*)?)$',
      description:
        'file:///folder or s3://bucket/prefix: unknown_people and known_people in it, instead of the two variables',
    }),
  ),
  S3_ENDPOINT: Type.Optional(address('http URL', 'the S3 service; not needed for that of AWS')),
  S3_TLS_CA_FILE: file('authorities (PEM) of the S3 service, in place of the well-known ones'),
  S3_REGION: Type.String({ minLength: 1, default: 'us-east-1', description: 'region of the bucket' }),
  S3_ACCESS_KEY_ID: Type.Optional(
    Type.String({ minLength: 1, description: 'without it the keys are looked for where the AWS SDK does' }),
  ),
  S3_PATH_STYLE: Type.Optional(
    Type.Boolean({
      description:
        'true: the bucket is in the path of a URL, false: in its host name; without it true with S3_ENDPOINT, else false',
    }),
  ),
  // `secret`: never printed, and S3_SECRET_ACCESS_KEY_FILE may bring it.
  S3_SECRET_ACCESS_KEY: Type.Optional(Type.String({ minLength: 1, secret: true, description: 'of that key' })),
}
