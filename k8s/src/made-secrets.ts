/** The Secrets that base/platform/make-secrets.mjs makes in the cluster, and their keys. */
export const madeSecrets: Record<string, string[]> = {
  mysql: ['root-password', 'password', 'userpassword'],
  pictures: ['secret-access-key'],
  access: ['admin', 'frontend', 'image-processor', 'colorbar', 'relay', 'sender', 'tokens'],
  'media-server': ['peer-secret'],
  compute: ['admin', 'tokens'],
}
