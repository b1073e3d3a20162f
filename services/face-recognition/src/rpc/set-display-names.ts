import { type Call, RpcError, status } from '@livepods/grpc'
import type { SetDisplayNamesRequest__Output, SetDisplayNamesResponse } from '@livepods/protos'
import type { DisplayNames } from '../known/display-names.ts'

const MAX_VERSION = 64

/** livepods.faces.v1 SetDisplayNames. */
export async function setDisplayNames(
  { request, log }: Call<SetDisplayNamesRequest__Output>,
  names: DisplayNames,
): Promise<SetDisplayNamesResponse> {
  const { version, people, images } = request
  if (version === '' || version.length > MAX_VERSION)
    throw new RpcError(status.INVALID_ARGUMENT, `version must be 1 to ${MAX_VERSION} characters.`)
  names.set(request)
  log.info({ people: people.length, images: images.length }, 'names of people set')
  return {}
}
