#!/bin/sh
# Makes the manual pages, from man/*.in and from what the built programs tell of their command lines. Others lie here whole.
#
#   man/make.sh [FOLDER [PROGRAMS [WRITER]]]
#
#   FOLDER    where the pages go (default: .build/manual)
#   PROGRAMS  where the programs are (default: .build/lean/release)
#   WRITER    the program that writes a page (default: .build/debug/manual-page)
# Every page is checked with mandoc; a warning is a failure. Pages' date: SOURCE_DATE_EPOCH, else that of the last commit.
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
package=$(dirname "$here")
folder=${1:-$package/.build/manual}
programs=${2:-$package/.build/lean/release}
writer=${3:-$package/.build/debug/manual-page}

fail() {
	echo "man/make.sh: $*" >&2
	exit 1
}

command -v mandoc >/dev/null || fail "mandoc: not found (apt install mandoc)"
[ -x "$writer" ] || fail "$writer: not built (swift build --product manual-page)"
version=$(sed -n 's/^public let ringlightVersion = "\(.*\)"$/\1/p' "$package/Sources/ToolSupport/Version.swift")
epoch=${SOURCE_DATE_EPOCH:-$(git -C "$package" log -1 --format=%ct 2>/dev/null || date +%s)}
date=$(date -u -d "@$epoch" '+%B %-d, %Y')

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
for template in "$here"/*.[1-8].in; do
	page=$(basename "$template" .in)
	program=$programs/${page%.*}
	# Only of a program are commands and options to be told.
	dump=
	if grep -q '^@[A-Z]*@$' "$template"; then
		dump=$work/dump
		[ -x "$program" ] || fail "$program: not built (make lean)"
		"$program" --experimental-dump-help >"$dump" || fail "$program: does not tell of its command line"
	fi
	"$writer" "$template" "$date" "$version" ${dump:+"$dump"} >"$work/$page"
done
cp "$here"/*.[1-8] "$work/"
# Together, so that pages that refer to each other are found.
faults=0
(cd "$work" && mandoc -Tlint -W warning ./*.[1-8]) || faults=$?
[ $faults -eq 0 ] || fail "mandoc finds fault with a page, see above"
mkdir -p "$folder"
mv "$work"/*.[1-8] "$folder/"
