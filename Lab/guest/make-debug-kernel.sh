#!/bin/sh
# Builds a kernel that finds a driver's mistakes (KASAN, lockdep, sleeping while atomic, kmemleak), from the source that
# Lab/prepare.sh debug-kernel fetched, and ringlight.ko against it. About 7 minutes on two processors, 1 GB.
#
# Usage: make-debug-kernel.sh
# Leaves what make-image.sh --guest .build/debug-kernel takes:
#   .build/debug-kernel/kernel/{vmlinuz,release,root}, ringlight.ko, broken.ko (Lab/guest/broken: mistakes to be found)
# Builds the kernel only when the source or debug-kernel.config has changed. JOBS: how many compilers at once (default: all
# processors).
set -eu
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
package=$(cd "$here/../.." && pwd)
source=$package/.build/guest/kernel/source.tar.xz
folder=$package/.build/debug-kernel
tree=$folder/source
kernel=$folder/kernel
jobs=${JOBS:-$(nproc)}

fail() {
	echo "make-debug-kernel: $*" >&2
	exit 1
}

[ -s "$source" ] || fail "$source: not there (run Lab/prepare.sh debug-kernel)"
mkdir -p "$folder"
exec 9>"$folder/.lock"
flock 9

# configure: tinyconfig and our lines; a line that the kernel's own rules dropped is an error.
configure() {
	cp "$here/debug-kernel.config" "$tree/kernel/configs/ringlight.config"
	make -s -C "$tree" tinyconfig ringlight.config >"$folder/configure.log" 2>&1 || fail "$(cat "$folder/configure.log")"
	grep '^CONFIG' "$here/debug-kernel.config" | while read -r line; do
		grep -qx "$line" "$tree/.config" || fail "$line: this kernel's rules do not allow it as it stands in debug-kernel.config"
	done
}

build_kernel() {
	inputs=$(stat -L -c '%n %s %Y' "$source" && cat "$here/debug-kernel.config")
	[ "$inputs" != "$(cat "$kernel/inputs" 2>/dev/null)" ] || return 0
	rm -rf "$kernel"
	if [ "$(cat "$folder/source-of" 2>/dev/null)" != "$(stat -L -c '%s %Y' "$source")" ]; then
		rm -rf "$tree" "$folder/source-of"
		mkdir -p "$tree"
		tar -xf "$source" -C "$tree" --strip-components=1 || fail "cannot unpack $source (is there room in $folder?)"
		stat -L -c '%s %Y' "$source" >"$folder/source-of"
	fi
	configure
	echo "make-debug-kernel: building the kernel in $tree, words in $folder/build.log (minutes)" >&2
	make -s -C "$tree" "-j$jobs" bzImage modules >"$folder/build.log" 2>&1 || fail "$(tail -n 20 "$folder/build.log")"
	mkdir -p "$kernel/root"
	make -s -C "$tree" INSTALL_MOD_PATH="$kernel/root" modules_install >>"$folder/build.log" 2>&1 ||
		fail "$(tail -n 20 "$folder/build.log")"
	cp "$tree/arch/x86/boot/bzImage" "$kernel/vmlinuz"
	make -s -C "$tree" kernelrelease >"$kernel/release"
	printf '%s\n' "$inputs" >"$kernel/inputs"
}

# build_module NAME FILE...
build_module() {
	name=$1
	shift
	mkdir -p "$folder/$name"
	for file in "$@"; do
		cmp -s "$file" "$folder/$name/$(basename "$file")" || cp "$file" "$folder/$name/"
	done
	make -s -C "$tree" "M=$folder/$name" W=1 modules >&2 || fail "$name.ko was not built, see above"
	# With its symbols' lines stripped, a report still names the functions.
	strip --strip-debug -o "$folder/stripped.ko" "$folder/$name/$name.ko"
	cmp -s "$folder/stripped.ko" "$folder/$name.ko" || mv "$folder/stripped.ko" "$folder/$name.ko"
}

build_kernel
build_module ringlight "$package/kmod/Kbuild" "$package"/kmod/*.[ch] "$package/CShims/CRinglight/include/ringlight.h"
build_module broken "$here/broken/Kbuild" "$here/broken/broken.c"
