#!/bin/sh
# Makes a guest with Debian's own user space: a kernel (vmlinux), a small initramfs (guest.cpio) and a
# disk (disk.img) with systemd, udev, D-Bus and what dkms needs to build a module. Nothing is installed
# on this machine; root is not needed.
#
# Usage: make-image.sh [--guest FOLDER] [--to FOLDER] AGENT
#   --guest   where Lab/prepare.sh put the kernel (default: .build/guest)
#   --to      where the image goes (default: .build/systemd-guest)
#   AGENT     path of guest-agent
# Does nothing when no input has changed. The packages are fetched once (2 minutes); the rest takes seconds.
set -eu
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
package=$(cd "$here/../.." && pwd)
guest=$package/.build/guest
image=$package/.build/systemd-guest
# What a small Debian has, what our packages depend on, and what tests use: ip, ping and nc of busybox.
packages='systemd systemd-sysv udev dbus kmod dkms liblwip0 libpci3 libsystemd0 libudev1 libstdc++6 libgcc-s1 pci.ids iproute2 busybox-static'
# What a test may ask for; as in Lab/guest/make-image.sh, with the disk's.
modules='virtio_pci virtio_console virtio_blk ext4 uio e1000 e1000e xhci_pci usbhid hid_generic evdev uinput tun
ledtrig_timer ledtrig_netdev 9p 9pnet_virtio'
boot_modules='virtio_pci virtio_blk crc32c_generic ext4'

fail() {
	echo "systemd-guest: $*" >&2
	exit 1
}

while [ $# -gt 0 ]; do
	case $1 in
	--guest) guest=${2:?} && shift 2 ;;
	--to) image=${2:?} && shift 2 ;;
	*) break ;;
	esac
done
[ $# -eq 1 ] && [ -x "$1" ] || fail "guest-agent: missing (usage: make-image.sh [--guest FOLDER] [--to FOLDER] AGENT)"
agent=$1
kernel=$guest/kernel
[ -f "$kernel/release" ] && [ -f "$guest/vmlinux" ] || fail "$guest: no kernel there (run Lab/prepare.sh and Lab/guest/make-image.sh)"
release=$(cat "$kernel/release")
for tool in mmdebstrap cpio depmod modprobe mke2fs strip; do
	command -v "$tool" >/dev/null || fail "$tool: not found (Lab/prepare.sh packaging)"
done
busybox=$(command -v busybox) || fail "busybox: not found (apt install busybox-static)"

# Owners and modes as root has them, whoever makes the image.
as_owner=
if [ "$(id -u)" -ne 0 ]; then as_owner=fakeroot; fi

mkdir -p "$image"
exec 9>"$image/.lock"
flock 9

# Debian's part, by its list of packages and by month: what is older is no Debian that somebody installs today.
base_inputs="$packages $(date -u +%Y-%m)"
if [ "$base_inputs" != "$(cat "$image/base-inputs" 2>/dev/null)" ] || [ ! -f "$image/base.tar" ]; then
	echo "systemd-guest: fetching Debian's packages for the guest" >&2
	rm -f "$image/base.tar"
	mmdebstrap --quiet --variant=minbase --include="$(echo "$packages" | tr ' ' ,)" \
		--aptopt='Acquire::Retries "3"' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' --format=tar bookworm "$image/base.tar.new" >&2 ||
		fail "Debian's packages cannot be had (is the mirror deb.debian.org reachable?)"
	mv "$image/base.tar.new" "$image/base.tar"
	echo "$base_inputs" >"$image/base-inputs"
	rm -f "$image/image-inputs"
fi

inputs=$(stat -L -c '%n %s %.Y' "$0" "$here/init" "$here/guest-agent.service" "$image/base.tar" "$kernel/vmlinuz" "$busybox" "$agent")
if [ -f "$image/guest.cpio" ] && [ -f "$image/vmlinux" ] && [ -f "$image/disk.img" ] &&
	[ "$inputs" = "$(cat "$image/image-inputs" 2>/dev/null)" ]; then
	exit 0
fi
rm -f "$image/image-inputs"

work=$(mktemp -d "$image/image.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

modules_root=$kernel/root
[ -f "$modules_root/lib/modules/$release/modules.dep" ] || depmod -b "$modules_root" "$release"
# copy_modules ROOT NAME...: into ROOT, with all that they need.
copy_modules() {
	target=$1/lib/modules/$release
	shift
	mkdir -p "$target/kernel"
	for name in "$@"; do
		# Nothing printed: built in, or unknown to this kernel.
		modprobe -d "$modules_root" -S "$release" --show-depends "$name" 2>/dev/null || true
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u | while read -r path; do cp "$path" "$target/kernel/"; done
	for list in modules.order modules.builtin modules.builtin.modinfo; do
		[ ! -f "$modules_root/lib/modules/$release/$list" ] || cp "$modules_root/lib/modules/$release/$list" "$target/"
	done
}

# The initramfs: up to the disk.
boot=$work/boot
mkdir -p "$boot/bin" "$boot/dev" "$boot/proc" "$boot/sys" "$boot/root" "$boot/etc"
cp "$busybox" "$boot/bin/busybox"
for name in sh mount modprobe sleep switch_root poweroff insmod; do ln -s busybox "$boot/bin/$name"; done
# shellcheck disable=SC2086 # one word a module
copy_modules "$boot" $boot_modules
depmod -b "$boot" "$release"
install -m 755 "$here/init" "$boot/init"
(cd "$boot" && find . | sort | cpio -o -H newc -R 0:0 --quiet) >"$work/guest.cpio"

# The disk's part that is ours.
own=$work/own
mkdir -p "$own/usr/local/bin" "$own/etc/udev/rules.d" "$own/etc/systemd/system" "$own/usr/lib" "$own/usr/src"
strip -o "$own/usr/local/bin/guest-agent" "$agent"
cp "$here/guest-agent.service" "$own/etc/systemd/system/"
echo 'SUBSYSTEM=="virtio-ports", ATTR{name}=="agent", TAG+="systemd", ENV{SYSTEMD_WANTS}+="guest-agent.service"' \
	>"$own/etc/udev/rules.d/99-guest-agent.rules"
echo lab >"$own/etc/hostname"
# Known, so that this is no first boot, which would enable everything.
echo 00000000000000000000000000001ab0 >"$own/etc/machine-id"
# shellcheck disable=SC2086
copy_modules "$own/usr" $modules
# Headers for dkms, where Debian's packages have them.
cp -a "$modules_root"/usr/src/linux-headers-* "$own/usr/src/"
cp -a "$modules_root"/usr/lib/linux-kbuild-* "$own/usr/lib/"
for link in build source; do cp -a "$modules_root/lib/modules/$release/$link" "$own/usr/lib/modules/$release/"; done
# /lib is a link to /usr/lib: what leads out of lib/modules from the one leads elsewhere from the other.
for link in "$own/usr/lib/modules/$release/build" "$own/usr/lib/modules/$release/source"; do
	ln -sfn "/usr/src/$(basename "$(readlink "$link")")" "$link"
done

# shellcheck disable=SC2016 # for the shell that it is given to
$as_owner sh -euc '
	root=$1/root image=$2 release=$3
	mkdir "$root"
	tar -C "$root" --exclude "./dev/*" -xf "$image/base.tar"
	# Under another owner this copy would be the makers: everything of ours is of root.
	cp -a "$1/own/." "$root/"
	chown -R 0:0 "$root/usr/src" "$root/usr/lib/modules" "$root/etc/udev" "$root/etc/systemd/system" "$root/usr/local/bin"
	chown 0:0 "$root" "$root/etc" "$root/usr" "$root/usr/lib" "$root/etc/hostname" "$root/etc/machine-id" "$root"/usr/lib/linux-kbuild-*
	chmod 755 "$root"
	rm -f "$root/etc/dpkg/dpkg.cfg.d/99mmdebstrap" "$root/etc/resolv.conf"
	# No network, and nobody waits for these.
	for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
		fstrim.timer systemd-timesyncd.service getty@tty1.service serial-getty@ttyS0.service; do
		ln -sf /dev/null "$root/etc/systemd/system/$unit"
	done
	depmod -b "$root" "$release"
	truncate -s 2G "$1/disk.img"
	mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=0 -m 0 -L lab -d "$root" "$1/disk.img"
' sh "$work" "$image" "$release"

cp "$guest/vmlinux" "$work/vmlinux"
mv "$work/vmlinux" "$work/guest.cpio" "$work/disk.img" "$image/"
printf '%s\n' "$inputs" >"$image/image-inputs"
echo "systemd-guest: $image: Linux $release, $(du -k "$image/disk.img" | cut -f 1) KiB of disk" >&2
