#!/bin/sh
# Builds ringlight.ko for the guest's kernel, in .build/guest: the sources stay as they are.
#
#   kmod/build.sh [MAKE ARGUMENT...]     e.g. kmod/build.sh W=1 C=2
set -eu

here=$(cd "$(dirname "$0")" && pwd)
guest=$(dirname "$here")/.build/guest
work=$guest/kmod-build

if [ ! -s "$guest/kernel/release" ]; then
    echo "kmod/build.sh: no kernel in $guest/kernel: run Lab/prepare.sh first" >&2
    exit 1
fi
release=$(cat "$guest/kernel/release")
kernel=$guest/kernel/root/lib/modules/$release/build

# cmp: what has not changed is not built again.
mkdir -p "$work"
for file in "$here/Kbuild" "$here"/*.[ch] "$here/../CShims/CRinglight/include/ringlight.h"; do
    cmp -s "$file" "$work/$(basename "$file")" || cp "$file" "$work/"
done

# BTF needs the kernel's uncompressed image, which Debian does not ship with the headers.
make -s -C "$kernel" "M=$work" CONFIG_DEBUG_INFO_BTF_MODULES= "$@" modules >&2

# Without debug information: a megabyte less in the guest's image.
strip --strip-debug -o "$work/stripped.ko" "$work/ringlight.ko"
cmp -s "$work/stripped.ko" "$guest/ringlight.ko" || mv "$work/stripped.ko" "$guest/ringlight.ko"
