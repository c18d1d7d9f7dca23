#!/bin/sh
# Runs tests side by side: most of them wait for one emulated processor each.
#
# Usage: side-by-side.sh 'NAME COMMAND'...
# Prints what the first one prints as it comes, and of each other everything when it has ended. Fails if any of them fails.
set -eu

[ -t 1 ] || export NO_COLOR=1
folder=$(mktemp -d)
groups=
# What is still running must not outlive an interruption. Each is a session, so that all of its processes can be told to end.
end() {
	for group in $groups; do
		kill -- "-$group" 2>/dev/null || true
	done
	wait
	rm -rf "$folder"
}
trap end EXIT
trap 'exit 130' INT TERM HUP

first=$1
setsid sh -c "${first#* }" &
main=$!
groups=$main
shift
for suite in "$@"; do
	name=${suite%% *}
	setsid sh -c "{ ${suite#* }; } && echo passed >'$folder/$name.passed'" >"$folder/$name.log" 2>&1 &
	groups="$groups $!"
	echo "tests: $name runs beside, its output follows at its end" >&2
done
failed=
wait "$main" || failed=" ${first%% *}"
wait
groups=
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
