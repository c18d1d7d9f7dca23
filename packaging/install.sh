#!/bin/sh
# Installs Ringlight's files, or removes them again: one list for both.
#
#   packaging/install.sh install|uninstall [PART...]
#
# Parts (default: programs):
#   programs  programs, services, udev rules, group and user, manual pages, completions, the daemon's configuration
#   module    the source of ringlight.ko for dkms, its manual page, and its being loaded at boot
# Environment:
#   DESTDIR     in front of every path (default: none)
#   PREFIX      default: /usr/local
#   SYSCONFDIR  default: /etc. The configuration there is not replaced, and only removed if it is as it was installed
#   UNITDIR, UDEVDIR  where systemd and udev look (default: below PREFIX/lib, where both look for /usr and /usr/local)
#   ZSHDIR, FISHDIR   where the shells look for completions (default: their folders for local ones below PREFIX/share)
#   PROGRAMS    where the built programs are (default: .build/release)
#   MANUAL      where the made manual pages are (default: .build/manual)
#   STRIP       the program that removes symbols (default: strip; 'true' to leave them)
# What runs already is left alone: see the words at the end.
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")/.." && pwd)
DESTDIR=${DESTDIR:-}
PREFIX=${PREFIX:-/usr/local}
SYSCONFDIR=${SYSCONFDIR:-/etc}
UNITDIR=${UNITDIR:-$PREFIX/lib/systemd/system}
UDEVDIR=${UDEVDIR:-$PREFIX/lib/udev}
ZSHDIR=${ZSHDIR:-$PREFIX/share/zsh/site-functions}
FISHDIR=${FISHDIR:-$PREFIX/share/fish/vendor_completions.d}
PROGRAMS=${PROGRAMS:-$here/.build/release}
MANUAL=${MANUAL:-$here/.build/manual}
STRIP=${STRIP:-strip}
version=$(sed -n 's/^public let ringlightVersion = "\(.*\)"$/\1/p' "$here/Sources/ToolSupport/Version.swift")
VERSION=${VERSION:-$version}

fail() {
	echo "install: $*" >&2
	exit 1
}

# put MODE SOURCE DESTINATION: one file, or its removal.
put() {
	if [ "$action" = uninstall ]; then
		rm -f "$DESTDIR$3"
		return
	fi
	[ -f "$2" ] || fail "$2: not there (run 'make tools man')"
	install -D -m "$1" "$2" "$DESTDIR$3"
}

# own FOLDER: one that nobody else has files in; called after its files.
own() {
	[ "$action" = install ] || rmdir "$DESTDIR$1" 2>/dev/null || true
}

program() {
	put 755 "$PROGRAMS/$2" "$1/$2"
	[ "$action" = uninstall ] || "$STRIP" "$DESTDIR$1/$2"
}

# A unit, with the programs where they really are.
unit() {
	sed -e "s#/usr/s*bin/\(ledd\|e1000d\)\>#$PREFIX/sbin/\1#g" \
		-e "s#/usr/s*bin/\(ledctl\|e1000-uio\)\>#$PREFIX/bin/\1#g" "$here/systemd/$1" >"$work/unit"
	put 644 "$work/unit" "$UNITDIR/$1"
}

# The shells' completions, by the program itself.
completion() {
	for shell in bash zsh fish; do
		case $shell in
		bash) file=$PREFIX/share/bash-completion/completions/$1 ;;
		zsh) file=$ZSHDIR/_$1 ;;
		fish) file=$FISHDIR/$1.fish ;;
		esac
		if [ "$action" = install ]; then
			"$PROGRAMS/$1" --generate-completion-script "$shell" >"$work/script" ||
				fail "$1: does not generate its completion for $shell (is $PROGRAMS/$1 the program of this version?)"
			# It is read by a shell, not run.
			sed '1{/^#!/d;}' "$work/script" >"$work/completion"
			[ -s "$work/completion" ] || fail "$1: its completion for $shell is empty"
		fi
		put 644 "$work/completion" "$file"
	done
}

manual() {
	section=${1##*.}
	if [ "$action" = install ]; then
		[ -f "$MANUAL/$1" ] || fail "$MANUAL/$1: not there (run 'make tools man')"
		gzip -9nc "$MANUAL/$1" >"$work/$1.gz"
	fi
	put 644 "$work/$1.gz" "$PREFIX/share/man/man$section/$1.gz"
}

# The daemon's configuration is its owner's.
configuration() {
	target=$DESTDIR$SYSCONFDIR/ringlight/ledd.toml
	if [ "$action" = install ]; then
		[ -e "$target" ] || put 644 "$here/systemd/ledd.toml" "$SYSCONFDIR/ringlight/ledd.toml"
	elif [ -e "$target" ] && ! cmp -s "$here/systemd/ledd.toml" "$target"; then
		echo "install: $target was changed, and stays" >&2
	else
		rm -f "$target"
	fi
	own "$SYSCONFDIR/ringlight"
}

programs() {
	program "$PREFIX/bin" ledctl
	program "$PREFIX/bin" e1000-uio
	program "$PREFIX/sbin" ledd
	program "$PREFIX/sbin" e1000d
	for name in ledctl e1000-uio ledd e1000d; do completion $name; done
	for page in ledctl.1 e1000-uio.8 ledd.8 e1000d.8 ledd.toml.5; do manual $page; done
	for path in "$here"/systemd/*.socket "$here"/systemd/*.service; do unit "$(basename "$path")"; done
	for name in ringlight ledd; do put 644 "$here/systemd/$name.sysusers.conf" "$PREFIX/lib/sysusers.d/$name.conf"; done
	put 644 "$here/systemd/ringlight.tmpfiles.conf" "$PREFIX/lib/tmpfiles.d/ringlight.conf"
	put 644 "$here/udev/60-ringlight.rules" "$UDEVDIR/rules.d/60-ringlight.rules"
	configuration
}

module() {
	source=$PREFIX/src/ringlight-$VERSION
	# /usr/src is the only place where dkms looks by itself.
	[ "$PREFIX" != /usr/local ] || source=/usr/src/ringlight-$VERSION
	for path in "$here"/kmod/*.c "$here"/kmod/*.h "$here/kmod/Kbuild" "$here/kmod/Makefile" "$here/kmod/LICENSE" \
		"$here/CShims/CRinglight/include/ringlight.h"; do
		put 644 "$path" "$source/$(basename "$path")"
	done
	sed "s/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\"$VERSION\"/" "$here/kmod/dkms.conf" >"$work/dkms.conf"
	put 644 "$work/dkms.conf" "$source/dkms.conf"
	own "$source"
	manual ringlight.4
	put 644 "$here/systemd/ringlight.modules-load.conf" "$PREFIX/lib/modules-load.d/ringlight.conf"
}

case ${1:-} in
install | uninstall) action=$1 ;;
-h | --help)
	sed -n '2,/^set -eu/{/^#/s/^# \{0,1\}//p}' "$0"
	exit 0
	;;
*)
	echo "install: '${1:-}' is no action (usage: packaging/install.sh install|uninstall [programs] [module])" >&2
	exit 64
	;;
esac
shift
[ $# -gt 0 ] || set -- programs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
for part in "$@"; do
	case $part in
	programs | module) $part ;;
	*)
		echo "install: '$part' is no part (there are: programs module)" >&2
		exit 64
		;;
	esac
done

# A staged tree belongs to whoever packs it.
[ -z "$DESTDIR" ] || exit 0
case "$action $*" in
install*programs*)
	echo "Now, as root: systemd-sysusers; systemd-tmpfiles --create; systemctl restart systemd-udevd; udevadm trigger --subsystem-match=misc
Then: systemctl daemon-reload; systemctl enable --now ledd.socket ledd.service" >&2
	;;
install*module*)
	echo "Now, as root: dkms install ringlight/$VERSION; modprobe ringlight" >&2
	;;
esac
