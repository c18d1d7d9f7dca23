#!/bin/sh
# Runs test suites side by side, as many as there are arguments: most of them wait for one emulated processor each.
#
# Usage: side-by-side.sh PROGRAM 'NAME FILTER'...
#   PROGRAM  the tests that 'swift build --build-tests' made; not through 'swift test', which runs once at a time
#   FILTER   a regular expression, as for 'swift test --filter'
# Prints what the first one prints as it comes, and of each other everything when it has ended. Fails if any of them fails.
set -eu

folder=$(mktemp -d)
jobs=
# Ended together: what is still running must not outlive an interruption.
end() {
	# shellcheck disable=SC2086 # a list
	[ -z "$jobs" ] || kill $jobs 2>/dev/null || true
	wait
	rm -rf "$folder"
}
trap end EXIT
trap 'exit 130' INT TERM HUP

run() {
	status=0
	"$program" --testing-library swift-testing --no-parallel --filter "$1" || status=$?
	echo "$status" >"$2"
}

program=$1
first=$2
shift 2
for suite in "$@"; do
	name=${suite%% *}
	run "${suite#* }" "$folder/$name.status" >"$folder/$name.log" 2>&1 &
	jobs="$jobs $!"
	echo "tests: $name runs beside, its output follows at its end" >&2
done
run "${first#* }" "$folder/first.status"
wait
jobs=
failed=
[ "$(cat "$folder/first.status")" = 0 ] || failed=" ${first%% *}"
for suite in "$@"; do
	name=${suite%% *}
	echo "tests: $name:" >&2
	cat "$folder/$name.log"
	[ "$(cat "$folder/$name.status" 2>/dev/null)" = 0 ] || failed="$failed $name"
done
[ -z "$failed" ] || {
	echo "tests: failed:$failed" >&2
	exit 1
}
