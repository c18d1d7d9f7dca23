#!/bin/sh
# Makes the guest of 'make bench-peers' in .build/peers: the tests' guest, and DPDK's testpmd from Debian's packages, which
# are fetched and unpacked, never installed on this machine. Does nothing when all is there.
set -eu
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

package=$(cd "$(dirname "$0")/../.." && pwd)
guest=$package/.build/guest
peers=$package/.build/peers
release=$(cat "$guest/kernel/release")

say() { echo "peers: $*" >&2; }
fail() { say "$*"; exit 1; }

mkdir -p "$peers"
if [ ! -f "$peers/dpdk/complete" ]; then
	rm -rf "$peers/dpdk" "$peers/debs"
	mkdir -p "$peers/debs" "$peers/dpdk"
	# testpmd is in dpdk-dev; every librte that it may load, and what those are linked with.
	packages=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
		dpdk-dev 2>/dev/null | grep -xE '(librte-|dpdk-dev|libnuma1|libbsd0|libmd0|libfdt1|libjansson4|libpcap0\.8|libibverbs1|ibverbs-providers|librdmacm1|libnl-|libdbus-1-3|libelf1|libarchive13|libxdp1|libbpf|libipsec|libisal)[^ ]*' | sort -u)
	[ -n "$packages" ] || fail "apt knows no dpdk-dev (run apt-get update, then this again)"
	say "fetching DPDK's testpmd from Debian (20 MB), to be measured beside our driver; not installed on this machine"
	# shellcheck disable=SC2086 # a list of names
	(cd "$peers/debs" && apt-get download -q $packages >/dev/null 2>&1) || fail "cannot fetch DPDK's packages"
	for deb in "$peers/debs"/*.deb; do dpkg -x "$deb" "$peers/dpdk" || fail "cannot unpack $deb"; done
	rm -rf "$peers/debs"
	touch "$peers/dpdk/complete"
fi

# Links, so that they are the ones of this moment: the guest's programs are on its disk.
ln -sfn "$guest/vmlinux" "$peers/vmlinux"
ln -sfn "$guest/disk.img" "$peers/disk.img"
[ "$peers/guest.cpio" -nt "$guest/guest.cpio" ] && [ "$peers/guest.cpio" -nt "$0" ] && exit 0

root=$(mktemp -d "$peers/image.XXXXXX")
trap 'rm -rf "$root"' EXIT
trap 'exit 1' INT TERM HUP
libraries=usr/lib/x86_64-linux-gnu
mkdir -p "$root/usr/bin" "$root/$libraries" "$root/lib/modules/$release/extra"
strip -o "$root/usr/bin/dpdk-testpmd" "$peers/dpdk/usr/bin/dpdk-testpmd"
drivers=$peers/dpdk/$libraries/dpdk/pmds-23.0
for driver in net_e1000 bus_pci bus_vdev mempool_ring; do cp -L "$drivers/librte_$driver.so.23" "$root/$libraries/"; done
{
	LD_LIBRARY_PATH=$peers/dpdk/$libraries ldd "$peers/dpdk/usr/bin/dpdk-testpmd"
	for driver in "$root/$libraries"/*; do LD_LIBRARY_PATH=$peers/dpdk/$libraries:$drivers ldd "$driver"; done
} | sed -n 's/^[^/]*\(\/[^ ]*\) (0x.*/\1/p' | sort -u | while read -r library; do
	case $library in
	*/ld-linux*) ;;
	*) cp -L "$library" "$root/$libraries/" ;;
	esac
done
find "$guest/kernel/root/lib/modules/$release" -name uio_pci_generic.ko -exec cp {} "$root/lib/modules/$release/extra/" \;
(cd "$root" && find . | sort | cpio -o -H newc -R 0:0 --quiet) >"$peers/dpdk.cpio"
# The kernel unpacks one archive after the other.
cat "$guest/guest.cpio" "$peers/dpdk.cpio" >"$peers/guest.cpio.new"
rm "$peers/dpdk.cpio"
mv "$peers/guest.cpio.new" "$peers/guest.cpio"
say "$peers/guest.cpio: $(stat -c %s "$peers/guest.cpio") bytes"
