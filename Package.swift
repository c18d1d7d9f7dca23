// swift-tools-version: 6.2
// Ringlight: e1000 descriptor rings and keyboard lights, driven from Swift.
// Targets are listed from the ground up; dependencies point down only.
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]
/// Rooms that touch the memory of devices or of lwIP: every unsafe operation is marked.
let memorySafe: [SwiftSetting] = strict + [.strictMemorySafety()]
/// Where a release alone does not check the exclusivity of some properties, whose every use would have to be marked, and must not be in debug.
let memorySafeInDebug: [SwiftSetting] = strict + [.strictMemorySafety(.when(configuration: .debug))]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

func nio(_ product: String) -> Target.Dependency { .product(name: product, package: "swift-nio") }
let tls = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"]))
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")

let package = Package(
    name: "ringlight",
    products: [
        .library(name: "E1000", targets: ["E1000", "DeviceAccess"]),
        .library(name: "E1000Model", targets: ["E1000Model"]),
        .library(name: "Frames", targets: ["Frames"]),
        .library(name: "RinglightNIO", targets: ["RinglightNIO", "HostStack"]),
        .library(name: "KeyboardLights", targets: ["KeyboardLights"]),
        .executable(name: "e1000-uio", targets: ["e1000-uio"]),
        .executable(name: "e1000d", targets: ["e1000d"]),
        .executable(name: "ledctl", targets: ["ledctl"]),
        .executable(name: "ledd", targets: ["ledd"]),
        .executable(name: "forwarder", targets: ["forwarder"]),
        .executable(name: "ringlight-demo", targets: ["ringlight-demo"]),
        .executable(name: "ringlight-bench", targets: ["ringlight-bench"]),
    ],
    traits: [
        .trait(name: "TLS", description: "HTTPS for 'e1000-uio serve'. Without it BoringSSL's three hundred files are not compiled."),
        .default(enabledTraits: ["TLS"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"),
    ],
    targets: [
        // What Swift cannot say in Swift.
        .target(name: "CVolatile", path: "CShims/CVolatile"),
        .target(name: "CRinglight", path: "CShims/CRinglight"),
        .target(name: "CLinux", path: "CShims/CLinux"),
        .target(name: "CVFIO", path: "CShims/CVFIO"),
        .target(name: "CTOML", path: "CShims/CTOML"),
        .systemLibrary(name: "CPCI", path: "CShims/CPCI", pkgConfig: "libpci", providers: [.apt(["libpci-dev"])]),
        .systemLibrary(name: "CUDev", path: "CShims/CUDev", pkgConfig: "libudev", providers: [.apt(["libudev-dev"])]),
        .systemLibrary(name: "CLWIP", path: "CShims/CLWIP", pkgConfig: "lwip", providers: [.apt(["liblwip-dev"])]),
        .target(name: "CLWIPMemory", path: "CShims/CLWIPMemory"),
        .systemLibrary(name: "CSystemd", path: "CShims/CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),

        // Rooms.
        .target(name: "Clocks", swiftSettings: strict),
        .target(name: "ChildProcess", dependencies: ["CLinux", "Clocks"], swiftSettings: strict),
        .target(
            name: "DeviceAccess", dependencies: ["Clocks", "CVolatile", "CRinglight", "CVFIO", "CLinux", "ChildProcess"], swiftSettings: memorySafe),
        .target(name: "PCIBus", dependencies: ["Clocks", "CPCI", "CUDev"], swiftSettings: strict),
        .target(
            name: "E1000", dependencies: ["Clocks", "DeviceAccess", "CVolatile", "Frames"],
            swiftSettings: memorySafe + [.enableExperimentalFeature("Lifetimes")]),
        .target(name: "E1000Model", dependencies: ["CLinux", "Clocks", "DeviceAccess"], swiftSettings: memorySafe),
        .target(name: "Frames", swiftSettings: strict + [.enableExperimentalFeature("Lifetimes")]),
        .target(name: "KeyboardLights", dependencies: ["Clocks", "CRinglight"], swiftSettings: strict),
        // Who wants which light, and who gets it: no clock, no socket.
        .target(name: "LightClaims", dependencies: ["KeyboardLights"], swiftSettings: strict),
        // A program's side of ledd's socket.
        .target(name: "LightClient", dependencies: ["CLinux", "Clocks", "LightClaims"], swiftSettings: strict),
        // The service manager: event loop, readiness and watchdog, sockets that it made, its bus, its journal.
        .target(name: "Systemd", dependencies: ["CSystemd", logging], swiftSettings: strict),
        // Configuration files: values, and where they stand.
        .target(name: "TOML", dependencies: ["CTOML"], swiftSettings: strict),
        .target(name: "ToolSupport", dependencies: ["CLinux", argumentParser], swiftSettings: strict),
        .target(
            name: "CardSelection", dependencies: ["Clocks", "ToolSupport", "PCIBus", "DeviceAccess", "E1000", "E1000Model", argumentParser],
            swiftSettings: strict),
        // A card as a network interface of Linux, and what is told of it at a socket.
        .target(
            name: "CardBridge", dependencies: ["CLinux", "CardSelection", "Clocks", "E1000", "Frames", "ToolSupport"], swiftSettings: strict),
        // Frames as fast as a card takes them, measured.
        .target(name: "CardBench", dependencies: ["CLinux", "Clocks", "ToolSupport", "DeviceAccess", "E1000"], swiftSettings: strict),
        // A host on a card: lwIP, its loop, its sockets.
        .target(
            name: "HostStack", dependencies: ["CLWIP", "CLWIPMemory", "CLinux", "Clocks", "DeviceAccess", "E1000", "Frames", heap, deque],
            swiftSettings: memorySafeInDebug),
        // Addresses and names from the network: DHCP and DNS clients without a clock or a socket.
        .target(name: "HostClients", dependencies: ["Frames"], swiftSettings: strict),
        // SwiftNIO's channels on that host.
        .target(name: "RinglightNIO", dependencies: ["HostStack", "Frames", nio("NIOCore"), deque], swiftSettings: strict),
        // What a host serves: echo, chat, files, its own status; on channels of any kind.
        .target(name: "HostServices", dependencies: ["CLinux", nio("NIOCore"), nio("NIOHTTP1"), nio("NIOPosix")], swiftSettings: strict),

        // Programs.
        .executableTarget(
            name: "e1000-uio",
            dependencies: [
                "CLinux", "Clocks", "CardSelection", "CardBench", "CardBridge", "ToolSupport", "PCIBus", "DeviceAccess", "E1000", "Frames",
                "HostStack", "HostClients", "HostServices", "RinglightNIO", "KeyboardLights", "LightClaims", "LightClient", nio("NIOCore"),
                nio("NIOHTTP1"), tls, deque, argumentParser,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "ledctl", dependencies: ["ChildProcess", "Clocks", "KeyboardLights", "LightClaims", "LightClient", "ToolSupport", argumentParser],
            swiftSettings: strict,
            // Started anew for each light: without a dynamic linker and its 38,000 relocations.
            linkerSettings: [.unsafeFlags(["-static-executable"], .when(configuration: .release))]),
        .executableTarget(
            name: "e1000d",
            dependencies: [
                "CLinux", "ChildProcess", "Clocks", "CardBridge", "CardSelection", "DeviceAccess", "E1000", "Frames", "LightClient",
                "PCIBus", "Systemd", "ToolSupport", argumentParser, logging,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "ledd",
            dependencies: [
                "CLinux", "CSystemd", "Clocks", "KeyboardLights", "LightClaims", "Systemd", "TOML", "ToolSupport", argumentParser, logging,
            ],
            swiftSettings: strict),

        // The tutorial's program.
        .executableTarget(
            name: "forwarder", dependencies: ["DeviceAccess", "E1000"], path: "Examples/forwarder", swiftSettings: strict),

        // What boots, and what watches it.
        .target(name: "GuestProtocol", path: "Lab/Protocol", swiftSettings: strict),
        // Runs in the guest, for the launcher outside.
        .executableTarget(
            name: "guest-agent", dependencies: ["GuestProtocol", "ChildProcess"], path: "Lab/Agent", swiftSettings: strict),
        .target(name: "Lab", dependencies: ["Clocks", "ChildProcess", "Frames", "GuestProtocol"], path: "Lab/Kit", swiftSettings: strict),
        // A web server on QEMU's bare card, and clients.
        .target(name: "LabWeb", dependencies: ["ChildProcess", "Clocks", "ToolSupport"], path: "Lab/Web", swiftSettings: strict),
        // Runs in the guest, for tests: system calls on a node, one by one.
        .executableTarget(
            name: "guest-probe", dependencies: ["CLinux", "Clocks", "CRinglight", "CVolatile", "DeviceAccess"],
            path: "Lab/Probe", swiftSettings: strict),
        .executableTarget(
            name: "ringlight-demo", dependencies: ["Clocks", "Lab", "LabWeb", "Frames", "KeyboardLights", "ToolSupport", argumentParser],
            path: "Lab/Demo", swiftSettings: strict),
        // Writes the manual pages.
        .executableTarget(name: "manual-page", dependencies: ["ToolSupport"], path: "packaging/ManualPage", swiftSettings: strict),
        // The packet path without a card: what it costs, next to the same in C.
        .target(name: "InMemoryCard", path: "Benchmarks/InMemoryCard"),
        .target(name: "CReference", dependencies: ["InMemoryCard"], path: "Benchmarks/CReference"),
        .target(
            name: "FastPath", dependencies: ["CReference", "DeviceAccess", "E1000", "InMemoryCard"],
            path: "Benchmarks/FastPath", swiftSettings: strict),
        // A web server on Linux's own stack.
        .executableTarget(
            name: "kernel-serve", dependencies: ["HostServices", nio("NIOCore"), nio("NIOPosix")],
            path: "Benchmarks/KernelServer", swiftSettings: strict),
        .executableTarget(
            name: "ringlight-bench",
            dependencies: [
                "CardBench", "CLinux", "Clocks", "ChildProcess", "DeviceAccess", "E1000", "FastPath", "Lab", "LabWeb", "ToolSupport", argumentParser,
            ],
            path: "Benchmarks/Harness", swiftSettings: strict),

        // Tests.
        .target(
            name: "TestSupport", dependencies: ["ChildProcess", "CLinux", "Clocks", "Frames", "Lab"],
            path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(name: "DeviceAccessTests", dependencies: ["Clocks", "DeviceAccess", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "E1000Tests", dependencies: ["Clocks", "E1000", "E1000Model", "DeviceAccess", "TestSupport"], swiftSettings: strict),
        // The simulated card: against the manual, and under the driver with faults.
        .testTarget(
            name: "E1000ModelTests", dependencies: ["Clocks", "E1000", "E1000Model", "DeviceAccess", "Frames", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "FramesTests", dependencies: ["Frames", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "HostStackTests",
            dependencies: ["CardSelection", "Clocks", "DeviceAccess", "E1000", "E1000Model", "Frames", "HostStack", "TestSupport"],
            swiftSettings: strict),
        .testTarget(name: "HostClientsTests", dependencies: ["Frames", "HostClients", "TestSupport"], swiftSettings: strict),
        // The same cases on SwiftNIO's own POSIX channels and on ours.
        .testTarget(
            name: "RinglightNIOTests",
            dependencies: [
                "ChildProcess", "Clocks", "DeviceAccess", "E1000", "E1000Model", "Frames", "HostServices", "HostStack", "RinglightNIO", "TestSupport",
                nio("NIOCore"),
                nio("NIOPosix"), nio("NIOHTTP1"), tls,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "HostServicesTests",
            dependencies: ["HostServices", "TestSupport", nio("NIOCore"), nio("NIOHTTP1"), nio("NIOPosix"), nio("NIOEmbedded")],
            swiftSettings: strict),
        .testTarget(name: "PCIBusTests", dependencies: ["PCIBus", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "KeyboardLightsTests", dependencies: ["KeyboardLights", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "LightClaimsTests", dependencies: ["CLinux", "KeyboardLights", "LightClaims", "LightClient", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "SystemdTests", dependencies: ["Clocks", "Systemd", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "TOMLTests", dependencies: ["TOML", "TestSupport"], swiftSettings: strict),
        // Where events come from, and what the configuration makes of them.
        .testTarget(
            name: "LEDDTests",
            dependencies: [
                "ChildProcess", "CLinux", "CSystemd", "Clocks", "KeyboardLights", "LightClaims", "Systemd", "TestSupport", "TOML", "ledd", logging,
            ],
            swiftSettings: strict),
        .testTarget(name: "LabTests", dependencies: ["Lab", "GuestProtocol", "TestSupport"], swiftSettings: strict),
        // The programs as a user runs them: bad input, exit codes, JSON.
        .testTarget(
            name: "ToolTests",
            dependencies: [
                "CardBridge", "CardSelection", "ChildProcess", "CLinux", "Clocks", "E1000", "KeyboardLights", "LightClaims", "LightClient", "PCIBus",
                "TestSupport", "Frames", "e1000-uio", "e1000d", "ledctl", "ledd", "manual-page",
            ],
            swiftSettings: strict),
        // QEMU's e1000 as a bare device (no root, no guest), or a card of the machine.
        .testTarget(
            name: "HardwareTests",
            dependencies: [
                "CardSelection", "ChildProcess", "CLinux", "Clocks", "E1000", "E1000Model", "DeviceAccess", "Frames", "PCIBus",
                "TestSupport", "ToolSupport",
                "e1000-uio", "e1000d", argumentParser,
            ],
            swiftSettings: strict),
        // A host on QEMU's card, with the clients that people use.
        .testTarget(
            name: "HostToolTests", dependencies: ["ChildProcess", "CLinux", "Frames", "Lab", "TestSupport", "e1000-uio"],
            swiftSettings: strict),
        // A booted kernel with ringlight.ko.
        .testTarget(
            name: "GuestTests",
            dependencies: ["Clocks", "Lab", "LabWeb", "ChildProcess", "Frames", "TestSupport", "KeyboardLights", "LightClaims", "ringlight-demo"],
            swiftSettings: strict),
        // A booted Debian, and the packages in it.
        .testTarget(name: "SystemTests", dependencies: ["Clocks", "Lab", "Frames", "TestSupport"], swiftSettings: strict),
    ],
    cxxLanguageStandard: .cxx17
)

// libFuzzer has its main function: 'make fuzz' only.
if Context.environment["RINGLIGHT_FUZZ"] != nil {
    package.targets += [
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "E1000", "E1000Model", "Frames", "HostClients", "HostServices", "HostStack", "KeyboardLights", "LightClaims", "RinglightNIO",
                "TestSupport", "TOML", nio("NIOConcurrencyHelpers"), nio("NIOCore"), nio("NIOEmbedded"), nio("NIOHTTP1"),
            ],
            path: "Tests/Fuzz/Targets", swiftSettings: strict),
    ]
}
