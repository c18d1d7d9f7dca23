#!/bin/sh
# Makes the guest: a bootable kernel (vmlinux), an initramfs (guest.cpio) with busybox, the modules that
# the tests need and ringlight.ko, and a disk (disk.img) with the programs. Seconds, no root, nothing installed.
#
# Usage: make-image.sh [--guest FOLDER] [PROGRAM...]
#   FOLDER    where Lab/prepare.sh put the kernel (default: .build/guest); the image goes there too
#   PROGRAM   paths of programs for /usr/bin of the guest (default: those of
#             guest-agent, e1000-uio, e1000d, ledctl, ledd, forwarder and guest-probe that are built in .build/lean/release)
# Does nothing when no input has changed.
set -eu
export LC_ALL=C
# depmod and modprobe: not in an ordinary user's PATH.
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
package=$(cd "$here/../.." && pwd)
guest=$package/.build/guest
# What a test may ask for. virtio_*: the launcher's line and the disk (ext4 also reads an ext2);
# uinput: keyboards made by tests; tun: interfaces for 'bridge';
# ata_piix, sd_mod: a disk to be busy;
# vfio*: cards behind an IOMMU; 9p*: folders of the machine outside; sch_netem and what sends received frames through it.
modules='virtio_pci virtio_console virtio_blk ext4 crc32c_generic uio e1000 e1000e xhci_pci usbhid hid_generic virtio_input evdev uinput tun
ledtrig_timer ledtrig_heartbeat ledtrig_oneshot ledtrig_netdev ledtrig_transient ledtrig_pattern ledtrig_default_on
ata_piix sd_mod vfio-pci vfio_iommu_type1 9p 9pnet_virtio sch_netem sch_ingress ifb act_mirred cls_matchall'

fail() {
	echo "make-image: $*" >&2
	exit 1
}

if [ "${1:-}" = --guest ]; then
	[ $# -ge 2 ] || fail "--guest: a folder is missing (usage: make-image.sh [--guest FOLDER] [PROGRAM...])"
	guest=$2
	shift 2
fi
if [ $# -eq 0 ]; then
	for name in guest-agent e1000-uio e1000d ledctl ledd forwarder guest-probe; do
		if [ -x "$package/.build/lean/release/$name" ]; then set -- "$@" "$package/.build/lean/release/$name"; fi
	done
fi

kernel=$guest/kernel
[ -f "$kernel/release" ] && [ -f "$kernel/vmlinuz" ] ||
	fail "$kernel: no kernel there (run Lab/prepare.sh)"
release=$(cat "$kernel/release")
busybox=$(command -v busybox) || fail "busybox: not found (apt install busybox-static)"
for tool in cpio depmod modprobe ldd strip xz mke2fs; do
	command -v "$tool" >/dev/null || fail "$tool: not found (apt install cpio kmod libc-bin binutils xz-utils e2fsprogs)"
done
case " $* " in
*/guest-agent\ *) ;;
*) fail "guest-agent: not built (make lean)" ;;
esac

# ringlight.ko, and a debug kernel's broken.ko.
own_modules=
for module in "$guest"/*.ko; do
	if [ -f "$module" ]; then own_modules="$own_modules $module"; fi
done

# One builder at a time; the next finds the work done.
exec 9>"$guest/.image-lock"
flock 9

# Sizes and times of all that goes in.
# shellcheck disable=SC2086 # one word a module
inputs=$(stat -L -c '%n %s %.Y' "$0" "$here/init" "$busybox" "$kernel/vmlinuz" $own_modules "$@")
if [ -f "$guest/guest.cpio" ] && [ -f "$guest/disk.img" ] && [ -f "$guest/vmlinux" ] &&
	[ "$inputs" = "$(cat "$guest/image-inputs" 2>/dev/null)" ]; then
	exit 0
fi

work=$(mktemp -d "$guest/image.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
root=$work/root
mkdir -p "$root/bin" "$root/sbin" "$root/usr/bin" "$root/usr/sbin" "$root/etc" "$root/dev" "$root/proc" "$root/sys" \
	"$root/run" "$root/tmp" "$root/root" "$root/lib64" "$root/lib/modules/$release"
ln -s /run "$root/var"

# The kernel unpacked: Debian 12's is compressed with xz, and unpacking that costs an emulated CPU 4 to 6 seconds.
# A kernel compressed otherwise boots as it is.
offset=$(grep -abo -m1 "$(printf '\375')7zXZ" "$kernel/vmlinuz" | head -n 1 | cut -d : -f 1)
if [ -n "$offset" ]; then
	# xz complains about what follows the stream: the size, and the boot stub's code.
	tail -c +$((offset + 1)) "$kernel/vmlinuz" | xz -dc --single-stream >"$work/vmlinux" 2>/dev/null || true
fi
if ! readelf -h "$work/vmlinux" >/dev/null 2>&1; then cp "$kernel/vmlinuz" "$work/vmlinux"; fi

cp "$busybox" "$root/bin/busybox"
"$busybox" --list-full | while read -r path; do
	mkdir -p "$root/$(dirname "$path")"
	[ -e "$root/$path" ] || ln -s /bin/busybox "$root/$path"
done

# The modules and all that they need, found as modprobe would.
modules_root=$kernel/root
[ -f "$modules_root/lib/modules/$release/modules.dep" ] || depmod -b "$modules_root" "$release"
for name in $modules; do
	# Nothing printed: built in, or unknown to this kernel.
	modprobe -d "$modules_root" -S "$release" --show-depends "$name" 2>/dev/null || true
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u >"$work/modules"
while read -r path; do
	target=$root/lib/modules/$release/kernel/$(basename "$path")
	mkdir -p "$(dirname "$target")"
	cp "$path" "$target"
done <"$work/modules"
for module in $own_modules; do cp "$module" "$root/lib/modules/$release/"; done
for list in modules.order modules.builtin modules.builtin.modinfo; do
	list=$modules_root/lib/modules/$release/$list
	[ ! -f "$list" ] || cp "$list" "$root/lib/modules/$release/"
done
depmod -b "$root" "$release"

# The programs, on a disk: all of them are three times what the rest of the guest is, an emulated CPU takes seconds to unpack that,
# and a boot needs two or three of them.
mkdir "$root/programs" "$work/programs"
for program in "$@"; do
	name=$(basename "$program")
	strip -o "$work/programs/$name" "$program"
	ln -s "/programs/$name" "$root/usr/bin/$name"
done
# With room for what a file system needs beside its files.
kilobytes=$(du -sk "$work/programs" | cut -f 1)
mke2fs -q -t ext2 -m 0 -L programs -d "$work/programs" "$work/disk.img" "$((kilobytes * 11 / 10 + 2048))k"

# The libraries that ldd names.
for program in "$@"; do
	# A static one has none, which ldd takes for an error.
	ldd "$program" 2>/dev/null || true
done | sed -n 's/^[^/]*\(\/[^ ]*\) (0x.*/\1/p' | sort -u >"$work/libraries"
while read -r library; do
	mkdir -p "$root$(dirname "$library")"
	cp -L "$library" "$root$library"
done <"$work/libraries"
# libpci's names of vendors and devices.
if [ -f /usr/share/misc/pci.ids ]; then
	mkdir -p "$root/usr/share/misc"
	cp /usr/share/misc/pci.ids "$root/usr/share/misc/"
fi

cp "$here/init" "$root/init"
chmod 755 "$root/init"
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
echo 'nobody:x:65534:65534:nobody:/:/bin/sh' >>"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
echo 'nogroup:x:65534:' >>"$root/etc/group"

# Uncompressed: QEMU hands it over in one piece, the emulated CPU need not unpack it.
(cd "$root" && find . | sort | cpio -o -H newc -R 0:0 --quiet) >"$work/guest.cpio"
mv "$work/vmlinux" "$guest/vmlinux"
mv "$work/disk.img" "$guest/disk.img"
mv "$work/guest.cpio" "$guest/guest.cpio"
printf '%s\n' "$inputs" >"$guest/image-inputs"
echo "make-image: $guest/guest.cpio: Linux $release, $(stat -c %s "$guest/guest.cpio") bytes, and $(stat -c %s "$guest/disk.img") of programs" >&2
