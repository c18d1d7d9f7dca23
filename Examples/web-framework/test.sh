#!/bin/sh
# Builds Hummingbird on the card and asks it, through QEMU's card, as its users would.
#
# Usage: test.sh [SCRATCH]     (default: .build/hummingbird of the checkout)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=${1:-$here/../../.build/hummingbird}
swift build --package-path "$here" --scratch-path "$scratch"

folder=$(mktemp -d)
server=
end() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	rm -rf "$folder"
}
trap end EXIT
trap 'exit 130' INT TERM HUP

fail() {
	echo "hummingbird: $*" >&2
	cat "$folder/log" >&2
	exit 1
}

# expect WORDS CURL-ARGUMENTS...
expect() {
	wanted=$1
	shift
	seen=$(curl -sS --max-time 20 "$@") || fail "no answer"
	[ "$seen" = "$wanted" ] || fail "it says '$seen', not '$wanted'"
}

port=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(LocalAddr => "127.0.0.1:0", Listen => 1)->sockport')
"$scratch/debug/hummingbird-on-a-card" "$port" >"$folder/log" 2>&1 &
server=$!
url=http://127.0.0.1:$port
until curl -s -o /dev/null --max-time 5 "$url/"; do
	kill -0 "$server" 2>/dev/null || fail "it has ended"
	sleep 0.2
done
expect "Hello from the card" "$url/"
expect "Hello, Ada" "$url/greet/Ada"
expect 404 -o /dev/null -w '%{http_code}' "$url/nothing"
head -c 3000000 /dev/zero >"$folder/zeros"
expect 3000000 --data-binary "@$folder/zeros" "$url/length"
# Twenty requests on one connection, and ten connections at once.
expect "$(yes 'Hello from the card' | head -n 20)" $(yes "$url/" | head -n 20)
for i in 0 1 2 3 4 5 6 7 8 9; do
	curl -sS --max-time 20 "$url/greet/$i" >"$folder/$i" &
	clients="${clients:-} $!"
done
for client in $clients; do wait "$client" || fail "a client failed"; done
[ "$(cat "$folder"/[0-9])" = "$(for i in 0 1 2 3 4 5 6 7 8 9; do echo "Hello, $i"; done)" ] || fail "answers are mixed up"

kill -INT "$server"
wait "$server" || fail "it ends with $?"
server=
echo "hummingbird: passed"
