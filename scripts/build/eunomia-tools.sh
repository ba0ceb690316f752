#!/bin/sh
# Builds the real ecli and ecc from their crates, for the tests that compare exitsnoop with them.
# The first run on a machine takes minutes and fills a cache outside of the repository. Prints the
# paths of both, one per line. ECLI and ECC name other binaries, which are then not built.
set -eu
cd "$(dirname "$0")/../.."
PATH=$PATH:/usr/sbin:/sbin

ECLI_VERSION=0.2.9
ECC_VERSION=0.3.3
cache=${XDG_CACHE_HOME:-$HOME/.cache}/exitsnoop-eunomia
ecli=$cache/ecli-$ECLI_VERSION
ecc=$cache/ecc-$ECC_VERSION

log() { echo "exitsnoop: $*" >&2; }
fail() { log "$*"; exit 1; }

# Succeeds if a tool runs: one for another machine, or one that was written in part, does not.
works() { [ -x "$1" ] && "$1" --help >/dev/null 2>&1; }

# build CRATE VERSION ARGUMENTS...: builds $work/bin/CRATE; cargo prints the progress.
build() {
	crate=$1 version=$2
	shift 2
	log "building $crate $version from its crate, which takes minutes"
	CARGO_TARGET_DIR=$work/target nice cargo install "$crate" --version "$version" --locked "$@" --root "$work" --force >&2 ||
		fail "cargo could not build $crate $version; without it there is nothing to compare with"
}

# ecc's build clones a fork of bpftool and a repository with vmlinux.h: eunomia-bpftool.c and the
# types of the running kernel take their places.
build_ecc() {
	mkdir -p "$work/bpftool/src" "$work/vmlinux/x86" "$work/vmlinux/arm64" "$work/libclang"
	cp scripts/build/eunomia-bpftool.c "$work/bpftool/src/bpftool.c"
	{
		printf 'bpftool: bpftool.c\n'
		printf '\t%s\n' '$(CC) -O2 -Wall -o $@ bpftool.c -lbpf -lelf -lz' 'mkdir -p libbpf/include' 'cp -r /usr/include/bpf libbpf/include/'
	} >"$work/bpftool/src/Makefile"
	bpftool btf dump file /sys/kernel/btf/vmlinux format c >"$work/vmlinux/x86/vmlinux.h"
	cp "$work/vmlinux/x86/vmlinux.h" "$work/vmlinux/arm64/"
	for repository in bpftool vmlinux; do
		git -C "$work/$repository" init -q
		git -C "$work/$repository" add -A
		git -C "$work/$repository" -c user.name=exitsnoop -c user.email=exitsnoop@localhost commit -qm "for ecc"
	done
	# the build needs libclang.so; Debian's name ends in its version
	ln -sf "$(ls /usr/lib/*/libclang-[0-9]*.so.[0-9]* | sort -V | tail -n 1)" "$work/libclang/libclang.so"
	LIBCLANG_PATH=$work/libclang BPFTOOL_REPO=$work/bpftool BPFTOOL_HASH=HEAD VMLINUX_REPO=$work/vmlinux VMLINUX_REF=HEAD \
		build ecc-rs "$ECC_VERSION"
}

needed=
[ -n "${ECLI-}" ] || works "$ecli" || needed="$needed ecli"
[ -n "${ECC-}" ] || works "$ecc" || needed="$needed ecc"
mkdir -p "$cache"
if [ -n "$needed" ]; then
	command -v cargo >/dev/null || fail "no cargo: npm run test:eunomia builds$needed with it (Rust 1.70 or newer); ECLI and ECC name tools that are there already"
	work=$(mktemp -d "$cache/build-XXXXXX")
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	case $needed in *ecli*)
		build ecli-rs "$ECLI_VERSION" --no-default-features --features native
		mv "$work/bin/ecli-rs" "$ecli"
		;;
	esac
	case $needed in *ecc*)
		build_ecc
		mv "$work/bin/ecc-rs" "$ecc"
		;;
	esac
fi
echo "${ECLI:-$ecli}"
echo "${ECC:-$ecc}"
