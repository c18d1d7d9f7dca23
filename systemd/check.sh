#!/bin/sh
# Checks the files of this folder with systemd's own eyes; no service manager need run.
#
#   systemd/check.sh [FOLDER]      FOLDER: the files (default: this one)
#
# - units, as installed, hold nothing that systemd does not know or would not find
# - what a service may do (systemd-analyze security): at most 1.0 for ledd, 2.0 for e1000d
# - sysusers.d, tmpfiles.d and udev rules are understood
set -eu
export LC_ALL=C SYSTEMD_COLORS=0 SYSTEMD_EMOJI=0

here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$here}
# Tenths. Every service is here.
thresholds='ledd.service 10
e1000d@.service 20'

fail() {
	echo "systemd/check.sh: $*" >&2
	exit 1
}

for tool in systemd-analyze systemd-sysusers systemd-tmpfiles; do
	command -v "$tool" >/dev/null || fail "$tool: not found (apt install systemd)"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

# A root of its own: this machine's units for what ours refer to, stubs for the programs, and our files where they belong.
root=$work/root
units=$root/usr/lib/systemd/system
mkdir -p "$root/usr/sbin" "$root/usr/bin" "$root/usr/lib/systemd" "$root/usr/lib/sysusers.d" "$root/usr/lib/tmpfiles.d" "$root/etc"
ln -s usr/lib "$root/lib"
ln -s usr/bin "$root/bin"
ln -s usr/sbin "$root/sbin"
cp -a /lib/systemd/system "$units"
rm -f "$units"/ledd.* "$units"/e1000d@.*
for program in sbin/ledd sbin/e1000d bin/e1000-uio bin/ledctl bin/sh bin/modprobe sbin/modprobe bin/kill; do
	printf '#!/bin/sh\n' >"$root/usr/$program"
	chmod 755 "$root/usr/$program"
done
# What this machine's own units run, so that only ours are at fault.
sed -n 's/^Exec[A-Za-z]*=[-@:+!]*\(\/[^ ]*\).*/\1/p' "$units"/*.service | sort -u | while read -r program; do
	[ -e "$root$program" ] || install -D -m 755 /dev/null "$root$program"
done

failed=
for unit in "$folder"/*.service "$folder"/*.socket; do
	cp "$unit" "$units/"
done

# verify UNIT: everything that it says is a fault; it exits 0 for most of them.
verify() {
	systemd-analyze --root="$root" --man=no --generators=no verify "$1" >"$work/words" 2>&1 || echo "exit status $?" >>"$work/words"
	# About this machine's own units, and about what a root without a service manager lacks.
	grep -v -e '^/lib/systemd/system/' -e '^/usr/lib/systemd/system/' "$work/words" | grep . >"$work/faults" || return 0
	sed "s,^,$(basename "$1"): ," "$work/faults" >&2
	failed=yes
}

for path in "$folder"/*.service "$folder"/*.socket; do
	unit=$(basename "$path")
	# A template is looked at as one of its instances, which is no address here: 'verify' reads a colon as its own.
	instance=$(echo "$unit" | sed 's/@\./@card./')
	[ "$instance" = "$unit" ] || cp "$path" "$units/$instance"
	verify "$instance"
done

for path in "$folder"/*.service; do
	unit=$(basename "$path")
	threshold=$(echo "$thresholds" | sed -n "s/^$unit //p")
	[ -n "$threshold" ] || fail "$unit: what it may do has no bound (add it to the list in systemd/check.sh)"
	if ! systemd-analyze security --offline=yes --threshold="$threshold" --no-pager "$path" >"$work/words" 2>&1; then
		sed "/^+/d; s,^,$unit: ," "$work/words" >&2
		failed=yes
	fi
	sed -n 's/^-> //p' "$work/words"
	grep -q '^-> ' "$work/words" || fail "$unit: systemd-analyze does not tell what it may do (does this systemd know '--offline'?)"
done

echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
printf 'root:x:0:\nsystemd-journal:x:101:\n' >"$root/etc/group"
for path in "$folder"/*.sysusers.conf; do
	systemd-sysusers --root="$root" "$path" >"$work/words" 2>&1 || failed=yes
	grep -v '^Creating ' "$work/words" >&2 && failed=yes
done
for name in $(sed -n 's/^\(User\|Group\|SocketGroup\|SupplementaryGroups\)=//p' "$folder"/*.service "$folder"/*.socket); do
	grep -q "^$name:" "$root/etc/passwd" "$root/etc/group" || {
		echo "systemd/check.sh: $name: a unit names it, but sysusers.d does not make it" >&2
		failed=yes
	}
done
for path in "$folder"/*.tmpfiles.conf; do
	systemd-tmpfiles --root="$root" --create "$path" >&2 || failed=yes
done
[ -d "$root/run/ringlight" ] || fail "tmpfiles.d makes no /run/ringlight"

[ -z "$failed" ] || fail "faults, see above"
