#!/bin/sh
# Prepares a Debian machine for Ringlight: tools from Debian, and a kernel for the guest.
#
#   Lab/prepare.sh [packages] [packaging] [page] [kernel] [source] [checkpatch] [debug-kernel]     (default: packages kernel)
#
# packages    installs the Debian packages below, with sudo if not root
# packaging   installs those that make Debian packages, and the guest that they are tested in
# page        installs a browser, for the status page
# kernel      fetches Debian's kernel and its headers and unpacks them into .build/guest/kernel:
#               root/     the unpacked packages (modules, headers), never installed on this machine
#               vmlinuz   the kernel image
#               release   its release string; written last, so present means complete
# source      fetches the kernel's source, as Debian packs it, into .build/guest/kernel/source.tar.xz
# checkpatch  unpacks the kernel's style checker from that into .build/guest/kernel/checkpatch
# debug-kernel  makes what Lab/guest/make-debug-kernel.sh builds from: that source, and the tools that build a whole kernel
#
# Does nothing, and says nothing, when all is there. rm -r .build/guest starts afresh.
set -eu

# Name and reason of every package.
packages='
qemu-system-x86  boots the guest and plays the e1000
libpci-dev       finds cards on the PCI bus
libudev-dev      sees devices come and go
libsystemd-dev   is the event loop of the daemons, and their way to units and the journal
liblwip-dev      is the network stack of a host on a card
libtomlplusplus-dev reads ledd.toml, and knows line and column of everything in it
pkg-config       tells SwiftPM where these libraries are
busybox-static   is the guest user space
cpio             packs the guest image
e2fsprogs        makes the disks of guests
kmod             indexes the modules of the guest kernel
gcc              compiles ringlight.ko
make             builds ringlight.ko
libc6-dev        links what is compiled here
libelf1          is used by the checker of compiled kernel code
sparse           checks the source of ringlight.ko
perl             runs the kernel style checker
dbus-daemon      is the bus that tests of unit events watch
systemd-journal-remote writes the journals that tests follow
tshark           decodes what the card sent, as a judge of checksums and segments that is not ours
valgrind         counts the instructions of the packet path
binutils         shows what the packet path was compiled to
xz-utils         unpacks the kernel source
systemd          checks the units of the services
mandoc           checks the manual pages
curl             asks a card daemon for its counters, and web servers for files
wrk              asks a web server for many things at once
openssl          is a client of web servers with keys, and makes those
netcat-openbsd   talks to a host on a card
iputils-ping     asks a host on a card for its echo
iproute2         makes the networks that hosts are tested in
zsh              reads its completions of the programs
fish             reads its own
'

packaging_packages='
debhelper        makes the packages
dh-dkms          makes the one with the kernel module
fakeroot         gives their files to root
lintian          checks them
mmdebstrap       makes the guest that they are installed in
'
# For page only.
page_packages='
chromium         looks at the status page
fonts-liberation shows its words
'
# For debug-kernel only.
kernel_builders='
flex             reads the kernel configuration
bison            reads the kernel configuration
bc               computes the kernel timer constants
libelf-dev       lets the kernel build check what it compiled
'

# Some of the tools live where an ordinary user does not look.
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C

kernel=$(cd "$(dirname "$0")/.." && pwd)/.build/guest/kernel

say() {
    echo "prepare: $*" >&2
}

fail() {
    say "$*"
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

may_become_root() {
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null
}

apt() {
    apt-get -q -o Acquire::Retries=3 -o Acquire::http::Timeout=30 -o DPkg::Lock::Timeout=120 "$@" >&2
}

refresh_index() {
    [ -z "${index_is_fresh-}" ] || return 0
    may_become_root || {
        say "not root and no sudo: going on with the package index that is there"
        return 0
    }
    say "refreshing the package index (apt-get update)"
    # One foreign source that fails must not stop what Debian's mirror has: the next step decides.
    as_root apt-get -q -o Acquire::Retries=3 -o Acquire::http::Timeout=30 update >&2 ||
        say "apt-get update failed: going on with the index that is there"
    index_is_fresh=yes
}

missing_packages() {
    echo "$1" | while read -r name reason; do
        [ -n "$name" ] || continue
        case $(dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null) in
        ii*) ;;
        *) echo "$name" ;;
        esac
    done
}

# install_packages LIST: names and reasons.
install_packages() {
    missing=$(missing_packages "$1")
    [ -n "$missing" ] || return 0
    may_become_root ||
        fail "missing Debian packages, and neither root nor sudo to install them" \
            "(as root: apt-get update && apt-get install --no-install-recommends $(echo "$missing" | tr '\n' ' '))"
    refresh_index
    say "installing Debian packages, and why:"
    echo "$1" | while read -r name reason; do
        if echo "$missing" | grep -qx -- "$name" && [ -n "$name" ]; then
            say "  $name: $reason"
        fi
    done
    # shellcheck disable=SC2086 # one word a package
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
        -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 install $missing >&2 ||
        fail "packages were not installed: apt-get failed, see above (mend that, then run this again)"
}

# The work folder is beside its destination, so that the last step is a rename; gone again on any exit.
make_work_folder() {
    mkdir -p "$kernel"
    exec 9>"$kernel/.lock"
    flock -n 9 || {
        say "waiting for another prepare.sh"
        flock -w 1800 9 || fail "another prepare.sh holds $kernel/.lock for 30 minutes (end it, then run this again)"
    }
    rm -rf "$kernel"/.work.*
    work=$(mktemp -d "$kernel/.work.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

drop_work_folder() {
    rm -rf "$work"
    trap - EXIT INT TERM HUP
    exec 9>&-
}

# dependency PACKAGE PATTERN: the first name that PACKAGE's newest version depends on and that matches PATTERN.
dependency() {
    apt-cache show --no-all-versions "$1" 2>/dev/null | sed -n 's/^Depends: //p' | tr ',|' '\n\n' |
        sed 's/^ *//; s/ .*//' | grep -x -m 1 -e "$2" || true
}

version_of() {
    apt-cache show --no-all-versions "$1" 2>/dev/null | sed -n 's/^Version: //p'
}

# download PACKAGE...: the .deb files, into the current folder.
download() {
    # The folder belongs to us: apt's own user could not write there, so it must not be used.
    apt -o APT::Sandbox::User=root download "$@" && return 0
    # The usual reason is an index older than the mirror.
    refresh_index
    apt -o APT::Sandbox::User=root download "$@" ||
        fail "cannot download $*: see apt-get's words above (check the network, the mirror and the free space of $kernel)"
}

# Sets image, headers, common, kbuild, version: packages of one and the same build.
choose_kernel() {
    image=$(dependency linux-image-amd64 'linux-image-[0-9].*-amd64')
    if [ -z "$image" ]; then
        refresh_index
        image=$(dependency linux-image-amd64 'linux-image-[0-9].*-amd64')
    fi
    [ -n "$image" ] || fail "apt knows no linux-image-amd64: is this Debian, and is its main archive among the sources?"
    version=$(version_of "$image")
    release=${image#linux-image-}
    headers=linux-headers-$release
    common=$(dependency "$headers" 'linux-headers-.*-common')
    kbuild=$(dependency "$headers" 'linux-kbuild-.*')
    if [ -z "$common" ] || [ -z "$kbuild" ]; then
        fail "apt knows no $headers to go with $image (run apt-get update, then run this again)"
    fi
}

unpack_kernel() {
    for package in *.deb; do
        dpkg -x "$package" root || fail "cannot unpack $package (is there room for 600 MB in $kernel?)"
        rm "$package"
    done
    [ -f "root/boot/vmlinuz-$release" ] || fail "$image holds no boot/vmlinuz-$release: not a kernel this script knows"
}

# Debian's headers are written for /usr: make them usable from where they are, wherever that moves.
make_headers_relative() {
    tree=root/usr/src/$headers
    # shellcheck disable=SC2016 # make expands this, not the shell
    printf 'include $(dir $(realpath $(lastword $(MAKEFILE_LIST))))../%s/Makefile\n' "$common" >"$tree/Makefile"
    ln -sfn "../../../usr/src/$headers" "root/lib/modules/$release/build"
    ln -sfn "../../../usr/src/$common" "root/lib/modules/$release/source"
}

fetch_kernel() {
    [ ! -s "$kernel/release" ] || return 0
    make_work_folder
    if [ ! -s "$kernel/release" ]; then
        choose_kernel
        say "fetching Debian's kernel $version for the guest (80 MB, 500 MB unpacked), not installed on this machine"
        (
            cd "$work"
            download "$image=$version" "$headers=$version" "$common=$version" "$kbuild=$version"
            unpack_kernel
            make_headers_relative
            depmod -b root "$release" || fail "depmod failed on the modules of $release"
            ln -s "root/boot/vmlinuz-$release" vmlinuz
            echo "$release" >release
        )
        rm -rf "$kernel/root" "$kernel/vmlinuz"
        mv "$work/root" "$work/vmlinuz" "$kernel/"
        mv "$work/release" "$kernel/"
        say "kernel $release is in $kernel"
    fi
    drop_work_folder
}

fetch_source() {
    [ ! -s "$kernel/source.tar.xz" ] || return 0
    make_work_folder
    if [ ! -s "$kernel/source.tar.xz" ]; then
        choose_kernel
        source=linux-source-${kbuild#linux-kbuild-}
        say "fetching $source (140 MB)"
        (
            cd "$work"
            download "$source=$version"
            dpkg-deb --fsys-tarfile ./*.deb | tar -xf - --strip-components=3 || fail "cannot unpack $source (is there room in $kernel?)"
        )
        mv "$work/$source.tar.xz" "$kernel/source.tar.xz"
    fi
    drop_work_folder
}

fetch_checkpatch() {
    [ ! -d "$kernel/checkpatch" ] || return 0
    fetch_source
    make_work_folder
    if [ ! -d "$kernel/checkpatch" ]; then
        mkdir "$work/checkpatch"
        tar -xf "$kernel/source.tar.xz" -C "$work/checkpatch" --strip-components=2 --wildcards \
            '*/scripts/checkpatch.pl' '*/scripts/spelling.txt' '*/scripts/const_structs.checkpatch' ||
            fail "cannot unpack $kernel/source.tar.xz (is there room? if it is damaged, remove it and run this again)"
        mv "$work/checkpatch" "$kernel/"
    fi
    drop_work_folder
}

[ "$#" -gt 0 ] || set -- packages kernel
for step in "$@"; do
    case $step in
    packages) install_packages "$packages" ;;
    packaging) install_packages "$packaging_packages" ;;
    page) install_packages "$page_packages" ;;
    kernel) fetch_kernel ;;
    source) fetch_source ;;
    checkpatch) fetch_checkpatch ;;
    debug-kernel)
        install_packages "$kernel_builders"
        fetch_source
        ;;
    -h | --help)
        sed -n '2,/^set -eu/{/^#/s/^# \{0,1\}//p}' "$0"
        exit 0
        ;;
    *)
        say "unknown step '$step' (steps: packages packaging kernel checkpatch)"
        exit 64
        ;;
    esac
done
