#!/bin/sh
# Installs what the build needs and this machine lacks: Debian packages (with sudo where we are not root) and npm packages.
# `setup.sh tests` also what the tests run: containers, as real ones as can be had; `setup.sh guest` emulators; `setup.sh eunomia`
# what building ecli and ecc takes; `setup.sh bench` the tools that we are compared with; `setup.sh faults` sanitizers and a fuzzer;
# `setup.sh release` what packing a release takes, `setup.sh linux-arm64` and `setup.sh linux-x64-musl` what compiling for that does,
# `setup.sh release-tests` what trying it does. Runs on a machine that has only npm; where nothing is missing it takes some milliseconds.
# Everything it says goes to stderr: stdout belongs to whoever called.
set -eu
cd "$(dirname "$0")/.."
# daemons and their kind are not in everybody's path
PATH=$PATH:/usr/sbin:/sbin

say() { echo "exitsnoop: $*" >&2; }
fail() { say "$*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# step WHAT COMMAND...: its output goes to a log, whose last line every ten seconds shows that it goes on.
step() {
	say "$1"; shift
	log=$(mktemp)
	"$@" >"$log" 2>&1 </dev/null &
	seconds=0
	while kill -0 $! 2>/dev/null; do
		sleep 1
		seconds=$((seconds + 1))
		[ $((seconds % 10)) != 0 ] || say "  ${seconds} s: $(tail -n 1 "$log" | cut -c 1-100)"
	done
	if ! wait $!; then
		tail -n 20 "$log" >&2
		rm -f "$log"
		fail "that failed: $*"
	fi
	rm -f "$log"
}

# Older ones want the registry's index as a git repository and do not know the lock file.
cargo_is_new_enough() {
	has cargo && cargo --version 2>/dev/null | awk '{ split($2, v, "."); exit !(v[1] > 1 || v[2] >= 70) }'
}

# Debian 12's cargo is too old; its cargo-web is not. Newer suites have a new enough cargo.
newest_cargo() {
	if apt-cache show cargo-web >/dev/null 2>&1; then echo cargo-web; else echo cargo; fi
}

# What building ecli and ecc takes, and a clang that knows enums of 64 bits, which is one of the tests.
packages_of_eunomia() {
	has cc && has make || echo build-essential
	has perl || echo perl
	has git || echo git
	has pkg-config || echo pkg-config
	has bpftool || echo bpftool
	[ -e /usr/include/bpf/libbpf.h ] || echo libbpf-dev
	[ -e /usr/include/gelf.h ] || echo libelf-dev
	[ -e /usr/include/zlib.h ] || echo zlib1g-dev
	has clang-16 || ! has clang || clang --version | awk '/version/ { exit !($0 ~ /version 1[0-4]\./) }' && echo clang-16
	has unshare || echo util-linux
}

# cross TRIPLE ARCHITECTURE: what compiling for a machine of another architecture takes; its gcc brings the files that clang links in.
cross() {
	has "$1-objdump" || echo "binutils-$1" | tr _ -
	[ -e "/usr/$1/include/stdio.h" ] || echo "libc6-dev-$2-cross"
	[ -n "$(find /usr/lib/gcc-cross -path "*/$1/*/crtbeginS.o" 2>/dev/null)" ] || echo "gcc-$1" | tr _ -
}

# Of the clang that is there, or that will be installed: Debian names them by its version.
sanitizers() {
	version=$(clang --version 2>/dev/null | sed -n 's/.*version \([0-9]*\).*/\1/p')
	[ -n "$version" ] || version=$(apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\).*/\1/p')
	echo "libclang-rt-${version:-14}-dev"
}

install_debian_packages() {
	missing=
	has clang || missing="$missing clang"
	has llvm-strip || missing="$missing llvm"
	has objdump || missing="$missing binutils"
	[ -e /usr/include/stdio.h ] || missing="$missing libc6-dev"
	[ -e /etc/ssl/certs/ca-certificates.crt ] || missing="$missing ca-certificates"
	if [ "${1-}" = tests ]; then
		has runc || missing="$missing runc"
		has dockerd || missing="$missing docker.io"
		has setcap || missing="$missing libcap2-bin"
	fi
	if [ "${1-}" = bench ]; then
		[ -x /usr/sbin/exitsnoop ] || missing="$missing libbpf-tools"
		has bpftrace || missing="$missing bpftrace"
	fi
	if [ "${1-}" = faults ]; then
		has clang && [ -e "$(clang -print-runtime-dir 2>/dev/null)/libclang_rt.fuzzer-$(uname -m).a" ] || missing="$missing $(sanitizers)"
		has unshare || missing="$missing util-linux"
	fi
	if [ "${1-}" = guest ]; then
		has qemu-system-x86_64 || missing="$missing qemu-system-x86 seabios"
		has qemu-system-aarch64 || missing="$missing qemu-system-arm"
		has dpkg || missing="$missing dpkg"
	fi
	if [ "${1-}" = eunomia ]; then
		for package in $(packages_of_eunomia); do missing="$missing $package"; done
	fi
	if [ "${1-}" = release ]; then
		has dpkg-deb || missing="$missing dpkg"
		has git || missing="$missing git"
	fi
	if [ "${1-}" = release-tests ]; then
		has qemu-aarch64-static || missing="$missing qemu-user-static"
		has debootstrap || missing="$missing debootstrap"
		has lintian || missing="$missing lintian"
		has man || missing="$missing man-db"
		has zstd || missing="$missing zstd"
		has busybox || missing="$missing busybox-static"
		python3 -m pip --version >/dev/null 2>&1 || missing="$missing python3-pip"
	fi
	if [ "${1-}" = linux-x64-musl ]; then
		[ -e "/usr/lib/x86_64-linux-musl/libc.so" ] || missing="$missing musl-dev"
		[ -e "/usr/include/linux/types.h" ] || missing="$missing linux-libc-dev"
	fi
	case ${1-}-$(uname -m) in
	linux-arm64-x86_64) for package in $(cross aarch64-linux-gnu arm64); do missing="$missing $package"; done ;;
	linux-x64-aarch64) for package in $(cross x86_64-linux-gnu amd64); do missing="$missing $package"; done ;;
	esac
	case ${1-} in tests | guest) has busybox || missing="$missing busybox-static" ;; esac
	cargo_is_new_enough || missing="$missing cargo"
	[ -n "$missing" ] || return 0

	has apt-get || fail "this machine has no apt-get; install these by hand and try again:$missing"
	if [ "$(id -u)" != 0 ]; then
		has sudo || fail "these Debian packages are missing and need root to install:$missing"
		say "asking for sudo to install Debian packages:$missing"
		sudo -v
	fi
	step "reading Debian's package lists" as_root apt-get update
	case $missing in *" cargo") missing="${missing% cargo} $(newest_cargo)" ;; esac
	step "installing Debian packages:$missing" \
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
}

# npm compares checksums with package-lock.json. Install scripts do not run: if npm left out the
# package with bun's binary, bun's script would fetch one without checking it. npm leaves out an
# optional package, as this one is, without an error, for example if its checksum is wrong.
install_npm_packages() {
	installed=node_modules/.package-lock.json
	if [ ! -e "$installed" ] || [ -n "$(find package-lock.json -newer "$installed")" ]; then
		step "installing npm packages" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	fi
	if ! node_modules/.bin/bun --version >/dev/null 2>&1; then link_bun; fi
}

# Puts the binary of this machine's package where node_modules/.bin expects it.
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

install_debian_packages "$@"
install_npm_packages
