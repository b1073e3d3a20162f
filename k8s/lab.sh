#!/usr/bin/env bash
# test.sh on a cluster in a throw-away machine, with images built here: nothing comes from a registry of images. Needs root, Go and namespaces.
#   k8s/lab.sh LAB WORK [--smoke]     LAB: folder with k8s.sh; WORK: folder for all that this makes, what is in it is used again
#   k8s/lab.sh LAB WORK --only delivery|compute    one group, with a registry or a project on the first node; DOCKER_REGISTRY names Debian's
#   k8s/lab.sh LAB WORK --compile     only compiles Kubernetes and the S3 gateway, for the next call
set -euo pipefail
lab=$1 work=$2
shift 2
repository=$(cd "$(dirname "$0")/.." && pwd)
export RK=$work
unset TMPDIR # It is none of that machine.

mkdir -p "$work/work/gateway" "$work/work/suite" "$work/work/next"
[ -x "$work/k8s.sh" ] || { cp -r "$lab/." "$work" && chmod -R u+w "$work"; }
sed -n 's/^  node: \([0-9.]*\)$/\1/p' "$repository/pnpm-workspace.yaml" > "$work/NODE_VERSION"
"$work/build-k8s.sh"
[ -x "$work/work/gateway/versitygw" ] || GOBIN=$work/work/gateway go install github.com/versity/versitygw/cmd/versitygw@v1.8.0
[ "${1:-}" != --compile ] || exit 0

# A machine that ended without `down` (a reboot, a kill) leaves its files behind.
"$work/k8s.sh" run true 2> /dev/null || { "$work/k8s.sh" down > /dev/null 2>&1 || true; "$work/k8s.sh" up; }
rm -rf "$work/work/source" && mkdir "$work/work/source"
git -C "$repository" archive HEAD | tar -x -C "$work/work/source"
versions=(0.1.0 0.1.1)
services=
case " $* " in
  *" --smoke "*) versions=(0.1.0) ;;
  *" --only delivery "*) versions=(0.1.0) services=image-watcher ;;
  *" --only compute "*) versions=(0.1.0) services=boinc ;;
esac
"$work/k8s.sh" exec env SERVICES="$services" bash -s -- "${versions[@]}" < "$repository/k8s/lab-inside.sh"
# What the builds of earlier sources left is of no use any more.
trap '"$work/k8s.sh" exec bash -c ". $RK/env.sh && podman image prune --force --filter until=1h" > /dev/null' EXIT
if [ -n "$services" ]; then
  BUSYBOX=$work/work/bb/x/bin/busybox "$work/k8s.sh" run "$repository/k8s/test.sh" "$@"
  exit
fi

# A real MySQL in place of the MariaDB.
cat > "$work/work/suite/kustomization.yaml" <<YAML
resources: [../source/k8s/base]
components: [../source/k8s/components/no-registry]
images: [{ name: livepods-database, newName: docker.io/library/mysql, newTag: "9.7" }]
YAML
# The next version, of the same sources.
cat > "$work/work/next/kustomization.yaml" <<YAML
resources: [../suite]
images: [{ name: "ghcr.io/livepods/livepods-[a-z-]+", newTag: 0.1.1 }]
YAML
"$work/k8s.sh" run "$repository/k8s/test.sh" --next "$work/work/next" "$@" "$work/work/suite"
