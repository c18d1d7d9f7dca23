#!/bin/sh
# Checks the kernel module as kernel people do: compiler warnings (W=1), sparse, checkpatch.
# Fails on any word from any of them.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
kernel=$(dirname "$here")/.build/guest/kernel

"$here/../Lab/prepare.sh" packages kernel checkpatch

# All files again, with every warning.
rm -rf "$here/../.build/guest/kmod-build"
words=$("$here/build.sh" W=1 C=2 2>&1) || {
    echo "$words" >&2
    exit 1
}

# No maintainers' tree here. A module outside that tree must ask for the kernel's version, and a
# macro that only fills in a structure may use its argument twice.
words=$words$(cd "$here" && "$kernel/checkpatch/checkpatch.pl" --no-tree --strict --terse --show-types --no-summary \
    --ignore LINUX_VERSION_CODE,CONSTANT_COMPARISON,MACRO_ARG_REUSE --file ./*.[ch] ../CShims/CRinglight/include/ringlight.h 2>&1) || true

if [ -n "$words" ]; then
    echo "$words" >&2
    exit 1
fi
echo "kmod: no warnings from W=1, sparse and checkpatch" >&2
