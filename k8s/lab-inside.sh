# Runs inside the machine of lab.sh: builds the images of these versions, and puts them into every node.
set -euo pipefail
. "$RK/env.sh"
cd "$RK/work/source"

build() {
  local image=$1 file=$2 folder=$3
  images+=("$image")
  podman build -q --isolation=chroot --network=host --pull=never --format docker --build-arg VERSION="${image##*:}" --tag "$image" --file "$file" "$folder"
}

images=(docker.io/library/node:24.21.0-bookworm-slim docker.io/library/mysql:9.7)
podman image exists docker.io/library/mysql:9.7 || bash "$RK/mk-mysql97.sh"
build docker.io/library/livepods-gateway:0.1.0 k8s/components/no-registry/Dockerfile "$RK/work/gateway"
for version in "$@"; do
  build "ghcr.io/livepods/livepods-migrator:$version" sql/Dockerfile .
  build "ghcr.io/livepods/livepods-nsq:$version" packages/nsq/Dockerfile .
  for service in receiver image-processor face-recognition frontend; do
    build "ghcr.io/livepods/livepods-$service:$version" "services/$service/Dockerfile" .
  done
done
bash "$RK/cluster/images.sh" "${images[@]}" > /dev/null
