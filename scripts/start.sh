#!/bin/sh
# `npm start -- OPTIONS`: builds dist/exitsnoop where it is missing or older than its sources, then traces with it.
set -eu
cd "$(dirname "$0")/.."

sources="bpf src scripts package.json package-lock.json tsconfig.json bunfig.toml"
if [ ! -x dist/exitsnoop ] || [ -n "$(find $sources -type f -newer dist/exitsnoop | head -n 1)" ]; then
	sh scripts/setup.sh
	node_modules/.bin/bun scripts/build/build.ts >&2
fi
if [ "$(id -u)" = 0 ]; then exec dist/exitsnoop "$@"; fi
command -v sudo >/dev/null || { echo "exitsnoop: tracing needs root, and there is no sudo: run dist/exitsnoop as root" >&2; exit 1; }
exec sudo "$PWD/dist/exitsnoop" "$@"
