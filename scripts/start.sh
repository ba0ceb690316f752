#!/bin/sh
# `npm start -- OPTIONS`: builds dist/exitsnoop if it is missing or older than its sources, and runs
# it with these options as root.
set -eu
cd "$(dirname "$0")/.."

newer=$(find bpf src scripts package.json package-lock.json tsconfig.json bunfig.toml -type f -newer dist/exitsnoop 2>/dev/null | head -n 1)
if [ ! -x dist/exitsnoop ] || [ -n "$newer" ]; then
	sh scripts/setup.sh
	node_modules/.bin/bun scripts/build/build.ts >&2
fi
if [ "$(id -u)" = 0 ]; then exec dist/exitsnoop "$@"; fi
command -v sudo >/dev/null || { echo "exitsnoop: tracing needs root, and there is no sudo: run dist/exitsnoop as root" >&2; exit 1; }
exec sudo "$PWD/dist/exitsnoop" "$@"
