#!/usr/bin/env bash
# test.sh on a cluster in a throw-away machine, with images built here: nothing comes from a registry of images. Needs root, Go and namespaces.
#   k8s/lab.sh LAB WORK [--smoke]     LAB: folder with k8s.sh; WORK: folder for all that this makes, what is in it is used again
set -euo pipefail
lab=$1 work=$2
shift 2
repository=$(cd "$(dirname "$0")/.." && pwd)
export RK=$work

mkdir -p "$work/work/gateway" "$work/work/suite"
[ -x "$work/k8s.sh" ] || { cp -r "$lab/." "$work" && chmod -R u+w "$work"; }
[ -e "$work/work/admin.conf" ] || "$work/k8s.sh" up

[ -x "$work/work/gateway/versitygw" ] || GOBIN=$work/work/gateway go install github.com/versity/versitygw/cmd/versitygw@v1.8.0
rm -rf "$work/work/source" && mkdir "$work/work/source"
git -C "$repository" archive HEAD | tar -x -C "$work/work/source"
"$work/k8s.sh" exec bash -s < "$repository/k8s/lab-inside.sh"

# A real MySQL in place of the MariaDB.
cat > "$work/work/suite/kustomization.yaml" <<YAML
resources: [../source/k8s/base]
components: [../source/k8s/components/no-registry]
images: [{ name: livepods-database, newName: docker.io/library/mysql, newTag: "9.7" }]
YAML
exec "$work/k8s.sh" run "$repository/k8s/test.sh" "$@" "$work/work/suite"
