# Runs inside the machine of lab.sh: builds the images of these versions, and puts them into both nodes; with SERVICES only those of these.
set -euo pipefail
. "$RK/env.sh"
cd "$RK/work/source"

build() {
  local image=$1 file=$2 folder=$3
  podman build -q --isolation=chroot --network=host --pull=never --format docker --build-arg VERSION="${image##*:}" --tag "$image" --file "$file" "$folder"
}
export -f build
dockerfiles() {
  if [ -n "${SERVICES:-}" ]; then
    for service in $SERVICES; do echo "ghcr.io/livepods/livepods-$service:$1 services/$service/Dockerfile ."; done
    return
  fi
  echo "ghcr.io/livepods/livepods-migrator:$1 sql/Dockerfile ."
  echo "ghcr.io/livepods/livepods-nsq:$1 packages/nsq/Dockerfile ."
  # What takes longest first: colorbar's is Debian's ffmpeg.
  for service in colorbar face-recognition receiver image-processor frontend media-server whoami relay sender sink image-watcher; do
    echo "ghcr.io/livepods/livepods-$service:$1 services/$service/Dockerfile ."
  done
}

node=docker.io/library/node:$(cat "$RK/NODE_VERSION")-bookworm-slim
podman image exists "$node" || bash "$RK/mk-base-images.sh" node
images=("$node")
if [ -z "${SERVICES:-}" ]; then
  podman image exists docker.io/library/mysql:9.7 || bash "$RK/mk-mysql97.sh"
  build docker.io/library/livepods-gateway:0.1.0 k8s/components/no-registry/Dockerfile "$RK/work/gateway"
  images+=(docker.io/library/{mysql:9.7,livepods-gateway:0.1.0})
fi
for version in "$@"; do
  # What all begin with is made by the first; the others wait for the registry of packages most of the time, so they share the processors.
  dockerfiles "$version" | sed -n 1p | xargs -L 1 bash -c 'build "$@"' -
  dockerfiles "$version" | sed 1d | xargs -r -L 1 -P 5 bash -c 'build "$@"' -
  mapfile -t -O "${#images[@]}" images < <(dockerfiles "$version" | cut -d ' ' -f 1)
done

# In one archive, so that each layer goes over once.
archive=$(mktemp)
podman save -q --multi-image-archive --output "$archive" "${images[@]}"
ctr -n k8s.io images import "$archive" > /dev/null &
nsenter --target "$(cat /run/kube/node2.pid)" --mount ctr -n k8s.io images import "$archive" > /dev/null
wait $!
rm "$archive"
