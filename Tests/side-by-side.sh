#!/bin/sh
# Runs tests side by side: most of them wait for one emulated processor each.
#
# Usage: side-by-side.sh 'NAME COMMAND'...
# Prints what the first one prints as it comes, and of each other everything when it has ended. Fails if any of them fails.
set -eu

[ -t 1 ] || export NO_COLOR=1
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

first=$1
shift
for suite in "$@"; do
	name=${suite%% *}
	sh -c "${suite#* }" >"$folder/$name.log" 2>&1 && echo passed >"$folder/$name.passed" &
	jobs="$jobs $!"
	echo "tests: $name runs beside, its output follows at its end" >&2
done
failed=
sh -c "${first#* }" || failed=" ${first%% *}"
wait
jobs=
for suite in "$@"; do
	name=${suite%% *}
	echo "tests: $name:" >&2
	cat "$folder/$name.log"
	[ -f "$folder/$name.passed" ] || failed="$failed $name"
done
[ -z "$failed" ] || {
	echo "tests: failed:$failed" >&2
	exit 1
}
