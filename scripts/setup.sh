#!/bin/sh
# Installs the Debian packages (with sudo unless run as root) and npm packages that the build needs
# and this machine lacks. Needs only npm; takes milliseconds if nothing is missing.
#
#   setup.sh npm             only the npm packages: enough for npm run check and npm run test:unit
#   setup.sh [PURPOSE]       PURPOSE adds packages: tests (what the tests and the documents use), vm
#                            (emulators), eunomia (to build ecli and ecc), bench (the tools of the
#                            comparison), faults (sanitizers, fuzzers), release, release-tests, or a
#                            target of scripts/build/target.ts (its compiler and C library)
#
# Prints to stderr only: the caller owns stdout.
set -eu
cd "$(dirname "$0")/.."
# daemons are in sbin, which not every user has in PATH
PATH=$PATH:/usr/sbin:/sbin
purpose=${1-}
missing=

log() { echo "exitsnoop: $*" >&2; }
fail() { log "$*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
need() { missing="$missing $*"; }
# need_tool PROGRAM PACKAGES, need_file PATH PACKAGES
need_tool() { has "$1" || { shift; need "$@"; }; }
need_file() { [ -e "$1" ] || { shift; need "$@"; }; }

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# step TEXT COMMAND...: runs the command with its output in a log, and prints the log's last line
# every ten seconds to show progress.
step() {
	log "$1"; shift
	output=$(mktemp)
	"$@" >"$output" 2>&1 </dev/null &
	seconds=0
	while kill -0 $! 2>/dev/null; do
		sleep 1
		seconds=$((seconds + 1))
		[ $((seconds % 10)) != 0 ] || log "  ${seconds} s: $(tail -n 1 "$output" | cut -c 1-100)"
	done
	if ! wait $!; then
		tail -n 20 "$output" >&2
		rm -f "$output"
		fail "failed: $*"
	fi
	rm -f "$output"
}

# Older cargo fetches the registry's index as a git repository and rejects the lock file's version.
has_new_cargo() {
	has cargo && cargo --version 2>/dev/null | awk '{ split($2, v, "."); exit !(v[1] > 1 || v[2] >= 70) }'
}

# clang 15 is the first with 64-bit enums, which a test uses; Debian 12 installs clang 14.
has_new_clang() {
	has clang && clang --version | awk '/version/ { exit $0 ~ /version 1[0-4]\./ }'
}

# The package of clang's runtime has the major version of the clang that is installed or will be.
sanitizers() {
	version=$(clang --version 2>/dev/null | sed -n 's/.*version \([0-9]*\).*/\1/p')
	[ -n "$version" ] || version=$(apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\).*/\1/p')
	echo "libclang-rt-${version:-14}-dev"
}

# need_cross TRIPLE ARCHITECTURE: clang links start-up files that come with the other machine's gcc.
need_cross() {
	package=$(echo "$1" | tr _ -)
	need_tool "$1-objdump" "binutils-$package"
	need_file "/usr/$1/include/stdio.h" "libc6-dev-$2-cross"
	[ -n "$(find /usr/lib/gcc-cross -path "*/$1/*/crtbeginS.o" 2>/dev/null)" ] || need "gcc-$package"
}

need_debian_packages() {
	need_tool clang clang
	need_tool llvm-strip llvm
	need_tool objdump binutils
	need_file /usr/include/stdio.h libc6-dev
	need_file /etc/ssl/certs/ca-certificates.crt ca-certificates
	case $purpose-$(uname -m) in
	tests-*)
		need_tool runc runc
		need_tool dockerd docker.io
		need_tool setcap libcap2-bin
		need_tool gdb gdb
		need_tool busybox busybox-static
		need_tool zsh zsh
		need_tool fish fish
		need_tool man man-db
		need_file /usr/share/bash-completion/bash_completion bash-completion
		need_tool ip iproute2
		need_tool tc iproute2
		need_tool shellcheck shellcheck
		need_tool vi vim-tiny
		need_tool less less
		for tool in jq logrotate make sqlite3 tmux; do need_tool $tool $tool; done
		;;
	bench-*)
		[ -e /usr/sbin/exitsnoop.libbpf-tools ] || need_file /usr/sbin/exitsnoop libbpf-tools
		need_tool bpftrace bpftrace
		need_tool forkstat forkstat
		;;
	faults-*)
		runtime=$(clang -print-runtime-dir 2>/dev/null || true)
		[ -e "$runtime/libclang_rt.fuzzer-$(uname -m).a" ] || need "$(sanitizers)"
		need_tool unshare util-linux
		;;
	vm-*)
		need_tool qemu-system-x86_64 qemu-system-x86 seabios
		need_tool qemu-system-aarch64 qemu-system-arm
		need_tool dpkg dpkg
		need_tool busybox busybox-static
		;;
	eunomia-*)
		{ has cc && has make; } || need build-essential
		for tool in perl git pkg-config bpftool; do need_tool $tool $tool; done
		need_file /usr/include/bpf/libbpf.h libbpf-dev
		need_file /usr/include/gelf.h libelf-dev
		need_file /usr/include/zlib.h zlib1g-dev
		has_new_clang || need_tool clang-16 clang-16
		need_tool unshare util-linux
		;;
	release-tests-*)
		need_tool qemu-aarch64-static qemu-user-static
		need_tool man man-db
		need_tool busybox busybox-static
		need_tool dockerd docker.io
		for tool in podman skopeo; do need_tool $tool $tool; done
		for tool in cpio dnf rpm zypper; do need_tool $tool $tool; done
		need_tool createrepo_c createrepo-c
		for tool in debootstrap lintian zstd; do need_tool $tool $tool; done
		python3 -m pip --version >/dev/null 2>&1 || need python3-pip
		;;
	release-*)
		need_tool dpkg-deb dpkg
		need_tool rpmbuild rpm
		need_tool git git
		;;
	linux-x64-musl-*)
		need_file /usr/lib/x86_64-linux-musl/libc.so musl-dev
		need_file /usr/include/linux/types.h linux-libc-dev
		;;
	linux-arm64-x86_64) need_cross aarch64-linux-gnu arm64 ;;
	linux-x64-aarch64) need_cross x86_64-linux-gnu amd64 ;;
	esac
}

install_debian_packages() {
	need_debian_packages
	has_new_cargo || missing="$missing cargo"
	[ -n "$missing" ] || return 0

	has apt-get || fail "this machine has no apt-get; install these by hand and try again:$missing"
	if [ "$(id -u)" != 0 ]; then
		has sudo || fail "these Debian packages are missing and need root to install:$missing"
		log "asking for sudo to install Debian packages:$missing"
		sudo -v
	fi
	step "reading Debian's package lists" as_root apt-get update
	# Debian 12's cargo is too old and its cargo-web is not; later suites have only cargo
	if ! has_new_cargo && apt-cache show cargo-web >/dev/null 2>&1; then missing="${missing% cargo} cargo-web"; fi
	# shellcheck disable=SC2086 # a list of words
	step "installing Debian packages:$missing" \
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
}

# npm compares checksums with package-lock.json. Install scripts do not run: bun's own would fetch a
# binary without a checksum if npm left out the package that carries it. npm leaves out such an
# optional package without an error, for example if its checksum is wrong.
install_npm_packages() {
	installed=node_modules/.package-lock.json
	if [ ! -e "$installed" ] || [ -n "$(find package-lock.json -newer "$installed")" ]; then
		step "installing npm packages" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	fi
	if ! node_modules/.bin/bun --version >/dev/null 2>&1; then link_bun; fi
}

# Links this machine's binary to the place where node_modules/.bin expects it.
link_bun() {
	package=@oven/bun-linux-$(uname -m | sed s/x86_64/x64/)
	if [ ! -x "node_modules/$package/bin/bun" ]; then
		# makes the next attempt ask npm again
		rm -f "$installed"
		fail "npm did not install $package: it cannot be fetched, or its checksum is not the one in package-lock.json; nothing else is taken instead"
	fi
	for name in bun bunx; do ln -f "node_modules/$package/bin/bun" "node_modules/bun/bin/$name.exe"; done
	node_modules/.bin/bun --version >/dev/null || fail "$package does not run on this machine"
}

[ "$purpose" = npm ] || install_debian_packages
install_npm_packages
