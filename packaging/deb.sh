#!/bin/sh
# Makes Debian packages, ringlight and ringlight-dkms, of what 'make tools man' has built, and checks them.
#
#   packaging/deb.sh [--version VERSION] [--to FOLDER]
#
#   --version  another version than the programs' own, for tests of an upgrade; packed quickly, and not checked
#   --to       where the packages go (default: .build/deb)
# Checked: lintian finds no error, and no program is larger than packaging/sizes allows.
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
package=$(dirname "$here")
folder=$package/.build/deb
version=

fail() {
	echo "packaging/deb.sh: $*" >&2
	exit 1
}

while [ $# -gt 0 ]; do
	case $1 in
	--version) version=${2:?} && shift 2 ;;
	--to) folder=${2:?} && shift 2 ;;
	*)
		echo "packaging/deb.sh: '$1': not understood (usage: packaging/deb.sh [--version VERSION] [--to FOLDER])" >&2
		exit 64
		;;
	esac
done
for tool in dh dh_dkms dpkg-buildpackage lintian; do
	command -v "$tool" >/dev/null || fail "$tool: not found (Lab/prepare.sh packaging)"
done

own=$(sed -n 's/^public let ringlightVersion = "\(.*\)"$/\1/p' "$package/Sources/ToolSupport/Version.swift")
written=$(dpkg-parsechangelog -l "$here/debian/changelog" -S Version)
[ "$own" = "$written" ] || fail "packaging/debian/changelog is of $written, the programs are $own (write what is new into it)"
modules=$(sed -n 's/^MODULE_VERSION("\(.*\)");$/\1/p' "$package/kmod/module.c") dkms=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$package/kmod/dkms.conf")
[ "$own $own" = "$modules $dkms" ] || fail "the module is $modules, dkms.conf $dkms, the programs are $own (make them the same)"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
tree=$work/ringlight
mkdir "$tree"
cp -R "$here/debian" "$tree/"
sed 's/^PACKAGE_VERSION=.*/PACKAGE_VERSION="#MODULE_VERSION#"/' "$package/kmod/dkms.conf" >"$tree/debian/ringlight-dkms.dkms"
COMPRESSION=
if [ -n "$version" ]; then
	{
		printf 'ringlight (%s) unstable; urgency=medium\n\n  * For a test.\n\n' "$version"
		sed -n '/^ -- /{p;q;}' "$here/debian/changelog"
		echo
		cat "$here/debian/changelog"
	} >"$tree/debian/changelog"
	COMPRESSION='-Zgzip -z1'
fi

mkdir -p "$folder"
export COMPRESSION RINGLIGHT="$package"
(cd "$tree" && dpkg-buildpackage --build=binary --no-sign --no-check-builddeps >"$work/log" 2>&1) || {
	cat "$work/log" >&2
	fail "dpkg-buildpackage failed, see above"
}
# One version a folder.
rm -f "$folder"/*.deb
if [ -z "$version" ]; then
	# Of the unpacked package, which is what a machine gets.
	: >"$work/faults"
	for program in bin/ledctl bin/e1000-uio sbin/ledd sbin/e1000d; do
		size=$(stat -c %s "$tree/debian/ringlight/usr/$program") name=$(basename "$program")
		most=$(sed -n "s/^$name \([0-9]*\)\$/\1/p" "$here/sizes")
		echo "$name: $size bytes, at most ${most:-?}"
		[ -n "$most" ] && [ "$size" -le "$most" ] || echo "$name" >>"$work/faults"
	done
	[ ! -s "$work/faults" ] || fail "larger than packaging/sizes allows: $(tr '\n' ' ' <"$work/faults")(has full Foundation come in?)"
	lintian --fail-on error --allow-root "$work"/*.changes || fail "lintian finds errors, see above"
fi
mv "$work"/*.deb "$folder/"
ls -l "$folder"/*.deb
