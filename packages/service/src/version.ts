/** The version of the suite: baked into an image as LIVEPODS_VERSION, "dev" in a checkout. */
export const version = process.env.LIVEPODS_VERSION ?? 'dev'
