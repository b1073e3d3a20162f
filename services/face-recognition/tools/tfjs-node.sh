#!/bin/bash
# Builds the addon of @tensorflow/tfjs-node where its own download is blocked, against the C library inside PyPI's tensorflow-cpu (2.12 is the
# smallest that still comes for Python 3.11; 1.1 GB unpacked). For FACE_ENGINE=face-api; needs pip, unzip, g++, make and python3.
set -euo pipefail
cd "$(dirname "$0")/.."
package=$(realpath node_modules/@tensorflow/tfjs-node)
version=${1:-2.12.1}
include=tensorflow/include

mkdir -p "$package/deps/lib"
if [ ! -e "$package/deps/tensorflow" ]; then
  wheel=$(mktemp -d)
  trap 'rm -r "$wheel"' EXIT
  pip download -q --no-deps --no-cache-dir --python-version 3.11 --only-binary=:all: -d "$wheel" "tensorflow-cpu==$version"
  unzip -q "$wheel"/*.whl 'tensorflow/libtensorflow_*.so.2' "$include/tensorflow/c/*" "$include/*ctstring*.h" "$include/*tsl_status.h" -d "$package/deps"
fi
ln -sfn ../tensorflow/libtensorflow_cc.so.2 "$package/deps/lib/libtensorflow_cc.so.2"
ln -sfn ../tensorflow/libtensorflow_framework.so.2 "$package/deps/lib/libtensorflow_framework.so.2"
ln -sfn libtensorflow_cc.so.2 "$package/deps/lib/libtensorflow.so"
ln -sfn libtensorflow_framework.so.2 "$package/deps/lib/libtensorflow_framework.so"
ln -sfn tensorflow/include "$package/deps/include"

cd "$package"
# Any Node's headers will do, the addon's interface is stable; node-gyp fetches some where none are installed.
for prefix in /usr /usr/local; do
  if [ -e "$prefix/include/node/node_api.h" ]; then export npm_config_nodedir=$prefix; fi
done
npm run build-addon-from-source
echo "@tensorflow/tfjs-node is ready: FACE_ENGINE=face-api uses it."
