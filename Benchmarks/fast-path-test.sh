#!/bin/sh
# Guards the packet path, by counting instead of timing, so that a busy machine changes nothing:
#
#   instructions a packet, Swift against the same algorithm in C (callgrind, release build)
#   no reference counting, exclusivity check, allocation or copy in the compiled functions (objdump)
#
#   Benchmarks/fast-path-test.sh [folder of the release build]     (default: .build/lean/release)
#
# Exit 0: all within bounds; 1: something is not, said on standard error. The table goes to standard output.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
release=${1:-$here/../.build/lean/release}
export LC_ALL=C

# Batch and the most that Swift may take of C's instructions.
budgets='1 1.10
8 1.05
32 1.02
64 1.02'

# What the compiled functions may refer to beside themselves: the card, and what is rarely called, kept apart on purpose.
allowed='^inmemory_card_(receive|transmit)$|^\$s5E1000[0-9]+(ReceiveRingV11nextUnusual|TransmitRingV15reclaimReported|ControllerV12commitInFull|PacketV6leaked)'

fail() {
    echo "fast-path-test: $*" >&2
    exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# counts PROGRAM: runs both forwarders under callgrind; prints "language batch packets instructions device" for each call.
counts() {
    # valgrind cannot read Swift's debugging information.
    strip -g -o "$work/bench" "$1"
    forward=$(nm "$work/bench" | awk '$3 ~ /^\$s8FastPath7forward_/ { print $3 }')
    [ -n "$forward" ] || fail "$1 has no function FastPath.forward"
    (
        cd "$work"
        valgrind -q --tool=callgrind --callgrind-out-file=count --collect-atstart=no \
            "--toggle-collect=$forward" --toggle-collect=creference_forward \
            "--dump-after=$forward" --dump-after=creference_forward \
            ./bench forward --batch "$(echo "$budgets" | awk '{ printf "%s%s", comma, $1; comma = "," }')" >calls
    ) || fail "valgrind failed, see above"
    number=0
    while read -r call; do
        number=$((number + 1))
        [ -s "$work/count.$number" ] || fail "callgrind did not count call $number ($call)"
        echo "$call" "$(callgrind_annotate --threshold=100 --show-percs=no "$work/count.$number" | awk '
            / PROGRAM TOTALS$/ { gsub(",", "", $1); total = $1 }
            /:inmemory_card_(receive|transmit) / { gsub(",", "", $1); device += $1 }
            END { print total + 0, device + 0 }')"
    done <"$work/calls"
}

# judge BUDGETS: a table from counts on standard input; fails when a ratio is over its budget.
# The difference of two lengths leaves out what a call costs once.
judge() {
    awk -v budgets="$1" '
        BEGIN {
            lines = split(budgets, line, "\n")
            for (i = 1; i <= lines; i++) { split(line[i], word, " "); budget[word[1]] = word[2] }
            print "instructions a packet (the card in memory not included)"
            print "batch       C   Swift  Swift/C  at most    card"
        }
        {
            key = $1 " " $2
            if (key in packets) {
                own[key] = ($4 - $5 - total[key] + device[key]) / ($3 - packets[key])
                card[key] = ($5 - device[key]) / ($3 - packets[key])
                batches[$2] = 1
            }
            packets[key] = $3; total[key] = $4; device[key] = $5
        }
        END {
            for (i = 1; i <= lines; i++) {
                split(line[i], word, " "); batch = word[1]
                c = own["c " batch]; swift = own["swift " batch]
                if (c <= 0 || swift <= 0) { print "nothing was counted at batch " batch > "/dev/stderr"; exit 1 }
                printf "%5d %7.1f %7.1f %8.3f %8.2f %7.1f\n", batch, c, swift, swift / c, budget[batch], card["c " batch]
                if (card["c " batch] != card["swift " batch]) uneven = uneven " " batch
                if (swift / c > budget[batch]) over = over " " batch
            }
            if (uneven) { print "the card in memory cost the two sides differently at batch" uneven > "/dev/stderr"; exit 1 }
            if (over) { print "Swift takes more instructions than its budget at batch" over > "/dev/stderr"; exit 1 }
        }'
}

# references FUNCTIONS OBJECT...: for each function whose name matches, "function symbol" for all that it refers to,
# and "function -" once to say that it is there. A call within an object may need no relocation: then its target tells.
references() {
    pattern=$1
    shift
    for object in "$@"; do objdump -dr --no-show-raw-insn "$object"; done | awk -v pattern="$pattern" '
        /^[0-9a-f]+ <.*>:$/ {
            name = substr($2, 2, length($2) - 3)
            inside = name ~ pattern
            target = ""
            if (inside) print name, "-"
            next
        }
        inside && target != "" && !/ R_[A-Z0-9_]+\t/ { print name, target }
        { target = "" }
        inside && /\t(call|j[a-z]+) +[0-9a-f]+ <[^+>]+>$/ { target = substr($NF, 2, length($NF) - 2) }
        inside && / R_[A-Z0-9_]+\t/ { sub(/[-+]0x[0-9a-f]+$/, "", $NF); if ($NF !~ /^\./) print name, $NF }
        inside && /\t(call|jmp) +\*/ { print name, "(an indirect call)" }'
}

# strangers [ALLOWED]: of references, those that are not allowed.
strangers() {
    awk -v allowed="${1:-$allowed}" '$2 != "-" && $2 !~ allowed && $2 != $1'
}

# reachable ROOTS: of all references of some objects, those of the functions that match ROOTS, and of those that they refer to,
# and so on.
reachable() {
    awk -v roots="$1" '
        function visit(name) { if (!(name in seen)) { seen[name] = 1; queue[++last] = name } }
        $2 == "-" { here[$1] = 1; if ($1 ~ roots) { visit($1); print $1, "-" } next }
        { references[$1] = references[$1] " " $2 }
        END {
            for (next_ = 1; next_ <= last; next_++) {
                count = split(references[queue[next_]], symbol, " ")
                for (i = 1; i <= count; i++) {
                    print queue[next_], symbol[i]
                    if (symbol[i] in here) visit(symbol[i])
                }
            }
        }'
}

# A guard that cannot fail guards nothing: each kind of call must be found in functions made to have it.
self_test() {
    mkdir "$work/bad"
    cat >"$work/bad/bad.swift" <<'SWIFT'
public final class Box { public var next: Box?; public var items: [UInt32] = []; public init() {} }
nonisolated(unsafe) public var shared = Box()
@inline(never) public func badRetain(_ a: Box, _ b: Box) { a.next = b }
@inline(never) public func badAllocation() -> Box { Box() }
@inline(never) public func badAccess(_ body: (inout Box) -> Void) { body(&shared) }
SWIFT
    cat >"$work/bad/bad.c" <<'C'
#include <stdlib.h>
#include <string.h>
void *bad_copy(const void *from, size_t size) { void *to = malloc(size); if (to) memcpy(to, from, size); return to; }
static __attribute__((noinline)) void *helper(size_t size) { return size ? calloc(size, 2) : NULL; }
void *bad_detour(size_t size) { void *made = helper(size); return made ? made : helper(size + 1); }
C
    (cd "$work/bad" && swiftc -O -parse-as-library -module-name Bad -emit-object -o swift.o bad.swift && clang -O2 -c -o c.o bad.c) ||
        fail "the functions of the self-test do not compile"
    references 'bad' "$work/bad/swift.o" "$work/bad/c.o" | strangers >"$work/bad/found"
    for call in swift_retain swift_release swift_beginAccess swift_allocObject malloc memcpy helper; do
        grep -q " $call\$" "$work/bad/found" || fail "the search does not find $call in a function that calls it"
    done
    if printf 'c 8 1 100 0\nc 8 2 200 0\nswift 8 1 100 0\nswift 8 2 206 0\n' | judge '8 1.05' >/dev/null 2>&1; then
        fail "a ratio of 1.06 passes a budget of 1.05"
    fi
}

functions='FastPath[0-9]+(forward|packetVerb|putVerb|receiveVerb|appendVerb|commitVerb|reclaimVerb)'

self_test

references "$functions" "$release"/FastPath.build/*.o >"$work/references"
for function in forward packetVerb putVerb receiveVerb appendVerb commitVerb reclaimVerb; do
    grep -q "FastPath[0-9]*$function.* -\$" "$work/references" || fail "no function FastPath.$function in $release/FastPath.build"
done
strangers <"$work/references" >"$work/strangers"
# What is kept apart may call more, but no more than this.
references 'E1000[0-9]*(ReceiveRingV11nextUnusual|TransmitRingV15reclaimReported)' "$release"/E1000.build/*.o >"$work/unusual"
[ -s "$work/unusual" ] || fail "no function ReceiveRing.nextUnusual in $release/E1000.build"
strangers <"$work/unusual" >>"$work/strangers"
# Chains and lent buffers, the paths of jumbo frames, offloads and a host's stack, with all that they call in the driver.
chained='5E1000[0-9]+(ControllerV12receiveChain|TransmitRingV6append_7offload|TransmitRingV6append4lent|PacketPoolV3putyyAA0B5Chain)'
references . "$release"/E1000.build/*.o | reachable "$chained" >"$work/chained"
for function in receiveChain append_7offload append4lent putyyAA0B5Chain; do
    grep -q "$function.* -\$" "$work/chained" || fail "no function $function in $release/E1000.build"
done
strangers '^\$s5E1000' <"$work/chained" >>"$work/strangers"
if [ -s "$work/strangers" ]; then
    cat "$work/strangers" >&2
    fail "functions of the packet path refer to what they should not, see above (function, symbol)"
fi
echo "compiled: forward, receive, append, commit, reclaim refer to nothing but what is rare; chains and lent buffers to nothing but the driver"

counts "$release/ringlight-bench" >"$work/counts"
judge "$budgets" <"$work/counts" || fail "the packet path is over its budget, see above"
