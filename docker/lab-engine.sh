#!/usr/bin/env bash
# A Docker engine in a throw-away machine (box.sh), and the Node image made from Debian's packages and npm's: nothing from a registry of images.
#   docker/lab-engine.sh up LAB WORK     LAB: folder with box.sh; WORK: folder for all that this makes
#   docker/lab-engine.sh run WORK CMD…   a command of this machine, in the network of that one, with its engine
#   docker/lab-engine.sh down WORK
set -euo pipefail
verb=$1
shift

# A TMPDIR of this machine is none of that one.
box() { env --unset TMPDIR RK="$work" "$work/box.sh" "$1" docker "${@:2}"; }

case $verb in
up)
  lab=$1 work=$2
  mkdir -p "$work" && cp -r "$lab/." "$work" && chmod -R u+w "$work"
  command -v slirp4netns > /dev/null || { apt-get -qq update && apt-get -qq install --yes --no-install-recommends slirp4netns > /dev/null; }
  sed -n 's/^  node: \([0-9.]*\)$/\1/p' "$(dirname "$0")/../pnpm-workspace.yaml" > "$work/NODE_VERSION"
  box up
  box exec env WORK="$work" bash -s < "$(dirname "$0")/lab-inside.sh"
  ;;
run)
  work=$1
  export DOCKER_HOST=unix://$work/docker.sock DOCKER_CONFIG=$work/docker-config
  exec nsenter --target "$(cat "$work/work/box-docker/init.pid")" --net -- "${@:2}"
  ;;
down)
  work=$1
  box down
  rm -rf "$work"
  ;;
esac
