#!/usr/bin/env bash
# Runs libFuzzer, with AddressSanitizer, on every parser and on a whole host's frames.
#
# usage: run.sh [SECONDS-EACH [TARGET ...]]
#
# What it learns is kept in .build/fuzz/corpus; an input that was a finding is left in .build/fuzz/findings, and
# '.build/fuzz/fuzz TARGET FILE' does it again.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-20}
targets=("${@:2}")
home=.build/fuzz

echo "fuzz: building with libFuzzer and AddressSanitizer"
# The preconditions of a debug build, at the speed of a release.
RINGLIGHT_FUZZ=1 swift build --scratch-path $home/build -c release --sanitize fuzzer --sanitize address \
	-Xswiftc -assert-config -Xswiftc Debug --product fuzz
mkdir -p $home/corpus $home/findings $home/work
fuzz=$(realpath "$(RINGLIGHT_FUZZ=1 swift build --scratch-path $home/build -c release --show-bin-path)/fuzz")
ln -sf "$fuzz" $home/fuzz
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <("$fuzz" --list)

# Leaks are not looked for: what a process keeps to its end on purpose would drown them.
export ASAN_OPTIONS=detect_leaks=0
# The sanitizer tells where it was; both at once get in each other's way.
export SWIFT_BACKTRACE=enable=no
failed=()
corpus=$(realpath $home/corpus) findings=$(realpath $home/findings)
cd $home/work
for target in "${targets[@]}"; do
	mkdir -p "$corpus/$target"
	"$fuzz" --seeds "$target" "$corpus/$target"
	if "$fuzz" "$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -max_len=8192 -print_final_stats=1 \
		-artifact_prefix="$findings/$target-" "$corpus/$target" > "$target.log" 2>&1; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$target.log")
		echo "fuzz: $target: $runs inputs, $(find "$corpus/$target" -type f | wc -l) of them worth keeping, no finding"
	else
		failed+=("$target")
		echo "fuzz: $target: a finding; its input is in $home/findings:"
		grep -v '^#\|^INFO' "$target.log" | tail -60
	fi
done
if [ ${#failed[@]} -gt 0 ]; then
	echo "fuzz: findings in: ${failed[*]}" >&2
	exit 1
fi
