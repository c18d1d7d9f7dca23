#!/bin/sh
# Runs tests side by side: most of them wait for one emulated processor each.
#
# Usage: side-by-side.sh 'NAME COMMAND'...
# Prints what the first one prints as it comes, of each other everything when it has ended, and at the end once more what failed.
# Fails if any of them fails.
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

# start NAME COMMAND OUTPUT: run it; the shell's words OUTPUT say where its output goes.
start() {
	setsid sh -c "{ { $2; } && echo passed >'$folder/$1.passed'; } $3" &
	groups="$groups $!"
}

first=${1%% *}
start "$first" "${1#* }" "2>&1 | tee '$folder/$first.log'"
shift
for suite in "$@"; do
	name=${suite%% *}
	start "$name" "${suite#* }" ">'$folder/$name.log' 2>&1"
	echo "tests: $name runs beside, its output follows at its end" >&2
done
wait
groups=
for suite in "$@"; do
	name=${suite%% *}
	echo "tests: $name:"
	cat "$folder/$name.log"
done
failed=
for suite in "$first" "$@"; do
	name=${suite%% *}
	[ ! -f "$folder/$name.passed" ] || continue
	failed="$failed $name"
	echo "tests: $name failed:"
	# A test's issues and what it says of them; of a command that is no test, or that broke off, its last lines.
	grep -E '✘|^↳' "$folder/$name.log" | grep -vE '^↳ (Testing Library|Target Platform)' || tail -n 20 "$folder/$name.log"
done
[ -z "$failed" ] || {
	echo "tests: failed:$failed" >&2
	exit 1
}
