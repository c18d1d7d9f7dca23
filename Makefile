# Ringlight. 'make help' lists what there is; each target is one line.

TOOLS := e1000-uio ledctl e1000d ledd forwarder
# What guests and measurements use: a release without TLS, whose libraries take two minutes to compile and which nobody uses there.
LEAN := .build/lean/release
LEAN_TOOLS := e1000-uio ledctl e1000d ledd guest-agent guest-probe ringlight-bench forwarder
RELEASE := swift build -c release --static-swift-stdlib
LEAN_RELEASE := $(RELEASE) --scratch-path .build/lean --disable-default-traits
SWIFT_TEST := swift test --skip-build --no-parallel

# Where 'install' puts things; DESTDIR goes in front of every path.
export PREFIX ?= /usr/local
export DESTDIR ?=

.PHONY: help demo test test-example test-long test-page prepare build tools lean kmod kmod-check kmod-matrix kmod-matrix-test debug-kernel-test guest unit-files-check unit-test fast-path-test hardware-test guest-test systemd-guest test-systemd soak seeds fuzz sanitize bench bench-peers docs man install install-module uninstall deb clean

help: ## Say what the targets do.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

demo: guest ## Boot a guest, blink a light, send frames, serve a page, and show what outside witnesses saw.
	swift build --product ringlight-demo && .build/debug/ringlight-demo

# Not through 'swift test', which runs once at a time. Three parts of one length, since each waits half of its time: guests with cards
# or with a light that is taken; other guests, and hosts on cards; all without a guest.
RUN_TESTS := .build/debug/ringlightPackageTests.xctest --testing-library swift-testing --no-parallel
LONG_GUESTS := CardSuite|Kill|Reopen
CARD_GUESTS := Bind|Bridge|CardDaemon|Forwarder|FullDisk|Host|LightClaim|LightField|LightPattern|UIO|VFIO
HOSTS := Host(Stack|Tool|Services|Clients)Tests|RinglightNIOTests

test: unit-files-check kmod-check build guest man ## Checks, unit tests, the fast path, QEMU's cards, a booted kernel; three tests at a time.
	Tests/side-by-side.sh 'cards $(RUN_TESTS) --filter "^GuestTests\\.($(CARD_GUESTS))"' \
	  'lights $(RUN_TESTS) --filter "^GuestTests\\.(?!$(CARD_GUESTS)|$(LONG_GUESTS))|^($(HOSTS))\\."' \
	  'rooms $(RUN_TESTS) --filter "^(?!(Guest|System)Tests|$(HOSTS))" && Benchmarks/fast-path-test.sh $(LEAN)'

test-long: build guest ## The driver's suite in a guest, on uio and vfio; a card opened 200 times, by processes too; 100 killed ones, of ledd too (15 minutes).
	RINGLIGHT_KILLS=100 RINGLIGHT_LINES=10000 RINGLIGHT_REOPENINGS=200 Tests/side-by-side.sh \
	  'suite $(RUN_TESTS) --filter "^GuestTests\\.CardSuite"' \
	  'often $(RUN_TESTS) --filter "^GuestTests\\.((Kill|Reopen)Tests|LightDaemonGuestTests/(kills|randomLines))|^HardwareTests\\.ReopenTests"'

prepare: ## Install what is missing (Debian packages) and fetch the guest's kernel; says what and why.
	Lab/prepare.sh

build: prepare ## Build everything for this machine, tests included.
	swift build --build-tests

tools: prepare ## Build the programs as a release that needs no Swift on the machine.
	set -e; for tool in $(TOOLS); do $(RELEASE) --product $$tool; done

lean: prepare ## Build the programs that guests and measurements use: those, and the tests' own, without TLS.
	set -e; for tool in $(LEAN_TOOLS); do $(LEAN_RELEASE) --product $$tool; done

kmod: prepare ## Build ringlight.ko for the guest's kernel.
	kmod/build.sh

kmod-check: prepare ## Compile the module with every warning, and check it with sparse and checkpatch.
	kmod/check.sh

kmod-matrix: ## Compile the module with every warning for Debian's old and new kernels: 6.1, 6.12, sid's.
	kmod/matrix.sh

kmod-matrix-test: build guest ## Test the lights in guests with bookworm-backports' kernel, and with sid's.
	kmod/matrix.sh image
	set -e; for suite in bookworm-backports sid; do RINGLIGHT_GUEST=.build/matrix/$$suite $(SWIFT_TEST) --filter '^GuestTests\.Light.*Tests/'; done

# Not what goes through vfio-pci, which is no part of the module and wants an IOMMU's driver in the kernel; nor the driver's whole suite
# and large transfers (CardSuite, BridgeOffload, Forwarder), which ask nothing of the module that the others do not.
debug-kernel-test: build guest ## Test the module in a kernel that finds mistakes: KASAN, lockdep, kmemleak (7 minutes to build it, more than an hour to test).
	Lab/prepare.sh debug-kernel && Lab/guest/make-debug-kernel.sh
	Lab/guest/make-image.sh --guest .build/debug-kernel
	RINGLIGHT_GUEST=.build/debug-kernel RINGLIGHT_PATIENCE=4 Tests/side-by-side.sh \
	  'mistakes $(RUN_TESTS) --filter "^GuestTests\\.((DebugKernel|Bridge|Light(Module|Node|Field|Tool|ToolDaemon))Tests|CardDaemonTests/(?!vfio))"' \
	  'claims $(RUN_TESTS) --filter "^GuestTests\\.(Light(Claim|Trigger|Pattern|DaemonGuest)|UIO|Bind|Reopen|Kill)Tests"'

guest: kmod lean ## Make the guest's image.
	Lab/guest/make-image.sh

unit-files-check: prepare ## Check the units, and what the services may do, with systemd's own eyes.
	systemd/check.sh

unit-test: build ## Test each room and the tools' bad input; no QEMU.
	$(SWIFT_TEST) --skip '^(HardwareTests|GuestTests|SystemTests)\.'

fast-path-test: lean ## Count the instructions of the packet path next to C's, and look for forbidden calls in it.
	Benchmarks/fast-path-test.sh $(LEAN)

hardware-test: build ## Test the driver on QEMU's e1000 (no root, no guest), or on RINGLIGHT_DEVICE (README).
	$(SWIFT_TEST) --filter '^HardwareTests\.'

guest-test: build guest ## Test the module and the tools in a booted kernel.
	$(SWIFT_TEST) --filter '^GuestTests\.'

systemd-guest: guest ## Make the image of a guest with Debian's systemd, udev and dkms.
	Lab/prepare.sh packaging
	Lab/systemd-guest/make-image.sh $(LEAN)/guest-agent

test-systemd: build systemd-guest deb ## Test packages, units and rules in a booted Debian (10 minutes).
	packaging/deb.sh --version "$$(dpkg-deb -f .build/deb/ringlight_*_amd64.deb Version)+1" --to .build/deb/next
	Tests/side-by-side.sh 'packages $(RUN_TESTS) --filter "^SystemTests\\.PackageTests"' \
	  'services $(RUN_TESTS) --filter "^SystemTests\\.(?!PackageTests)"'

test-page: build guest ## Look at the status page with a browser, through QEMU's card, and press its buttons; RINGLIGHT_PICTURES keeps the screenshots.
	Lab/prepare.sh page
	$(RUN_TESTS) --filter '^(HostToolTests\.PageTests|GuestTests\.StatusPageTests)'

test-example: prepare ## Build Hummingbird's web framework on the card, and ask it (5 minutes).
	Examples/web-framework/test.sh

seeds: prepare ## Run random histories of a card that misbehaves, with AddressSanitizer (SEEDS=10000).
	ASAN_OPTIONS=detect_leaks=0 RINGLIGHT_SEEDS=$(or $(SEEDS),10000) swift test --disable-xctest --sanitize=address --scratch-path .build/asan --no-parallel \
	  --filter '^E1000ModelTests\.(BufferRights|FaultSchedule)Tests'

soak: build guest ## For hours: ledd killed 1,000 times; an hour of garbage frames; 10,000 random histories of a card that misbehaves ('seeds').
	RINGLIGHT_KILLS=1000 $(SWIFT_TEST) --filter '^GuestTests\.LightDaemonGuestTests/kills'
	RINGLIGHT_GARBAGE=$(or $(GARBAGE),3600) $(SWIFT_TEST) --filter '^HostStackTests\.FloodTests/garbage'
	$(MAKE) seeds

fuzz: prepare ## Throw inputs at every parser and at a whole host: libFuzzer with AddressSanitizer (FUZZ_SECONDS=20 each).
	Tests/Fuzz/run.sh $(or $(FUZZ_SECONDS),20)

# Leaks are not looked for: what a process keeps to its end on purpose would drown them. Not TOML: under AddressSanitizer its deepest
# tables are too much for a test thread's 512 KiB of stack; 'make fuzz' reads them on a large one.
sanitize: prepare ## Run what has threads or parses under ThreadSanitizer and AddressSanitizer (20 minutes, builds included).
	TSAN_OPTIONS="suppressions=$(CURDIR)/Tests/tsan-suppressions.txt" \
	  swift test --disable-xctest --sanitize=thread --scratch-path .build/tsan --no-parallel --filter '^(HostStack|RinglightNIO|HostServices)Tests\.'
	ASAN_OPTIONS=detect_leaks=0 swift test --disable-xctest --sanitize=address --scratch-path .build/asan --no-parallel \
	  --filter '^(Frames|HostClients|HostStack|RinglightNIO|HostServices|E1000|E1000Model|LightClaims|KeyboardLights)Tests\.'

bench: guest ## Measure: the packet path next to C, frames a second on QEMU's card and in a guest, a web server next to Linux's, lights.
	$(LEAN_RELEASE) --product kernel-serve
	$(LEAN)/ringlight-bench

bench-peers: guest ## Measure this driver and DPDK's testpmd: instructions, register accesses, frames a second (4 minutes).
	Benchmarks/Peers/make-image.sh && RINGLIGHT_GUEST=.build/peers $(LEAN)/ringlight-bench peers

docs: ## Write the documentation of the libraries into .build/docs.
	swift package --allow-writing-to-directory .build/docs generate-documentation --target E1000 --target E1000Model --target DeviceAccess --target Frames --target HostStack --target RinglightNIO --output-path .build/docs --enable-experimental-combined-documentation --warnings-as-errors

man: lean ## Make the manual pages, of man/ and what the programs tell of themselves; a warning of mandoc's fails.
	swift build --product manual-page
	man/make.sh .build/manual $(LEAN)

install: tools man ## Install programs, services, rules, manual pages and completions below PREFIX (/usr/local) and DESTDIR.
	packaging/install.sh install programs

install-module: man ## Install the module's source for dkms, and that it is loaded at boot.
	packaging/install.sh install module

uninstall: ## Remove what the two have installed; a configuration that was changed stays.
	packaging/install.sh uninstall programs module

deb: tools man ## Make Debian packages, ringlight and ringlight-dkms, in .build/deb.
	Lab/prepare.sh packaging
	packaging/deb.sh

clean: ## Remove everything that was built or fetched.
	rm -rf .build
