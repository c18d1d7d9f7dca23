#!/bin/sh
# Builds ringlight.ko against old and new kernels of Debian, with every warning; fails on any word from any of them.
#
#   kmod/matrix.sh            the guest's kernel, bookworm-backports', and sid's, which is the newest
#   kmod/matrix.sh image      makes guests of the latter two as well, in .build/matrix/bookworm-backports and .build/matrix/sid
#
# The packages are fetched with an apt of our own, below .build/matrix, and unpacked there: nothing is installed, and
# this machine's sources and lists stay as they are. Fetched again when Debian has a newer one.
set -eu
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
package=$(dirname "$here")
matrix=$package/.build/matrix
mirror=${RINGLIGHT_MIRROR:-http://deb.debian.org/debian}
key=/usr/share/keyrings/debian-archive-keyring.gpg

say() {
    echo "matrix: $*" >&2
}

fail() {
    say "$*"
    exit 1
}

prepare_apt() {
    apt=$matrix/apt
    mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial"
    for suite in bookworm-backports sid; do
        echo "deb [arch=amd64 signed-by=$key] $mirror $suite main"
    done >"$apt/sources.list"
    # The folder belongs to us: apt's own user could not write there.
    cat >"$apt/apt.conf" <<END
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "-";
Dir::State "$apt/state";
Dir::State::status "/dev/null";
Dir::Cache "$apt/cache";
APT::Sandbox::User "root";
APT::Architecture "amd64";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::http::Timeout "30";
END
    export APT_CONFIG="$apt/apt.conf"
    apt-get -q update >&2 || fail "apt-get update failed, see above (check the network, or set RINGLIGHT_MIRROR)"
}

# depends PACKAGE VERSION PATTERN: what that PACKAGE depends on and matches.
depends() {
    apt-cache show "$1=$2" | sed -n 's/^Depends: //p' | tr ',|' '\n\n' | sed 's/^ *//; s/ .*//' | grep -x -e "$3" || true
}

# Sets headers, version, packages: the newest of a suite.
choose_kernel() {
    version=$(apt-cache madison linux-headers-amd64 | awk -F ' *[|] *' -v suite="$1/main" '$3 ~ suite { print $2; exit }')
    [ -n "$version" ] || fail "$1 has no linux-headers-amd64"
    headers=$(depends linux-headers-amd64 "$version" 'linux-headers-[0-9].*-amd64')
    packages="$headers $(depends "$headers" "$version" 'linux-headers-.*-common\|linux-kbuild-.*')"
    release=${headers#linux-headers-}
    [ "$with_image" = yes ] || return 0
    # The kernel in one package, or its image and its modules in two that this one stands for.
    image=$(depends "linux-image-$release" "$version" 'linux-binary-.*\|linux-modules-.*')
    packages="$packages ${image:-linux-image-$release}"
}

# Debian's headers are written for /usr: make them usable from where they are.
make_headers_relative() {
    tree=$kernel/root/usr/src/$headers
    common=$(basename "$kernel"/root/usr/src/linux-headers-*-common)
    # shellcheck disable=SC2016 # make expands this, not the shell
    printf 'KBUILD_OUTPUT := $(dir $(realpath $(lastword $(MAKEFILE_LIST))))\ninclude $(KBUILD_OUTPUT)../%s/Makefile\n' \
        "$common" >"$tree/Makefile"
}

# The kernel was compiled by a newer compiler than this machine's: what that one could do, ours is not asked for.
use_our_compiler() {
    for ability in CC_HAS_MIN_FUNCTION_ALIGNMENT CC_HAS_COUNTED_BY CC_HAS_COUNTED_BY_PTR; do
        sed -i "/^CONFIG_$ability=/d" "$tree/include/config/auto.conf"
        sed -i "/^#define CONFIG_$ability /d" "$tree/include/generated/autoconf.h"
    done
    # Nor for the maker of BTF.
    sed -i 's/^CONFIG_PAHOLE_VERSION=.*/CONFIG_PAHOLE_VERSION=0/' "$tree/include/config/auto.conf"
}

# The tools that build modules want the C library of their own suite: fetch it, and start them with it.
use_their_library() {
    (cd "$work" && apt-get -q download libc6/sid libelf1t64/sid libssl3t64/sid zlib1g/sid libzstd1/sid >&2) ||
        fail "cannot download sid's C library"
    for file in "$work"/*.deb; do dpkg-deb -x "$file" "$kernel/root"; done
    libraries=$kernel/root/usr/lib/x86_64-linux-gnu
    tools=$(echo "$kernel"/root/usr/lib/linux-kbuild-*)
    # modpost and objtool would look for the program that they stand for beside the one that was started.
    for pair in scripts/basic/fixdep:scripts/basic/fixdep scripts/mod/modpost:scripts/mod/modpost.real-lsb-64 \
        tools/objtool/objtool:tools/objtool/objtool.real-x86; do
        mv "$tools/${pair#*:}" "$tools/${pair#*:}.bin"
        rm -f "$tools/${pair%:*}"
        printf '#!/bin/sh\nexec "%s/ld-linux-x86-64.so.2" --library-path "%s" "%s.bin" "$@"\n' \
            "$libraries" "$libraries" "$tools/${pair#*:}" >"$tools/${pair%:*}"
        chmod 755 "$tools/${pair%:*}"
    done
}

# fetch SUITE: its kernel in .build/matrix/SUITE/kernel, as Lab/prepare.sh leaves the guest's.
fetch() {
    choose_kernel "$1"
    kernel=$matrix/$1/kernel
    [ "$(cat "$kernel/packages" 2>/dev/null)" != "$version $packages" ] || return 0
    say "fetching $packages $version"
    rm -rf "$kernel"
    mkdir -p "$kernel/root"
    work=$(mktemp -d "$matrix/work.XXXXXX")
    for name in $packages; do
        (cd "$work" && apt-get -q download "$name/$1" >&2) || fail "cannot download $name, see above"
    done
    for file in "$work"/*.deb; do
        dpkg-deb -x "$file" "$kernel/root" || fail "cannot unpack $file (is there room in $matrix?)"
    done
    rm "$work"/*.deb
    make_headers_relative
    use_our_compiler
    if [ "$1" = sid ]; then use_their_library; fi
    rm -r "$work"
    # Where modprobe looks for modules.
    [ -e "$kernel/root/lib" ] || ln -s usr/lib "$kernel/root/lib"
    for image in "boot/vmlinuz-$release" "usr/lib/modules/$release/vmlinuz"; do
        [ -f "$kernel/root/$image" ] || continue
        ln -sfn "root/$image" "$kernel/vmlinuz"
        echo "$release" >"$kernel/release"
    done
    echo "$version $packages" >"$kernel/packages"
}

# build SUITE HEADERS
build() {
    work=$matrix/$1/build
    rm -rf "$work"
    mkdir -p "$work"
    cp "$here/Kbuild" "$here"/*.[ch] "$package/CShims/CRinglight/include/ringlight.h" "$work/"
    words=$(make -s -C "$2" "M=$work" CC=gcc CONFIG_DEBUG_INFO_BTF_MODULES= W=1 modules 2>&1 |
        grep -v -e 'pahole version differs' -e 'compiler differs' -e '  The kernel was built ' -e '  You are using: ') || true
    [ -z "$words" ] || fail "$1: $words"
    [ -f "$work/ringlight.ko" ] || fail "$1: no ringlight.ko"
    strip --strip-debug -o "$matrix/$1/ringlight.ko" "$work/ringlight.ko"
    say "$1: $(modinfo -F vermagic "$work/ringlight.ko" | cut -d ' ' -f 1): no warnings"
}

case ${1:-} in
'') with_image=no ;;
image) with_image=yes ;;
*)
    sed -n '2,/^set -eu/{/^#/s/^# \{0,1\}//p}' "$0"
    exit 64
    ;;
esac

"$here/../Lab/prepare.sh"
mkdir -p "$matrix"
rm -rf "$matrix"/work.*
# With an image, or without: do not fetch the same kernel twice.
if [ -f "$matrix/sid/kernel/release" ] && [ -f "$matrix/bookworm-backports/kernel/release" ]; then with_image=yes; fi
guest=$package/.build/guest/kernel
mkdir -p "$matrix/guest"
build guest "$guest/root/lib/modules/$(cat "$guest/release")/build"
prepare_apt
for suite in bookworm-backports sid; do
    fetch "$suite"
    build "$suite" "$kernel/root/usr/src/$headers"
done
if [ "${1:-}" = image ]; then
    for suite in bookworm-backports sid; do "$package/Lab/guest/make-image.sh" --guest "$matrix/$suite"; done
fi
