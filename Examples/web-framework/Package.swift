// swift-tools-version: 6.2
// A package of its own, in a folder that is not named as the one that it needs: Ringlight itself does not depend on a web framework.
import PackageDescription

let package = Package(
    name: "hummingbird-on-a-card",
    dependencies: [
        .package(name: "ringlight", path: "../..", traits: []),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .executableTarget(
            name: "hummingbird-on-a-card",
            dependencies: [
                .product(name: "E1000", package: "ringlight"), .product(name: "Frames", package: "ringlight"),
                .product(name: "RinglightNIO", package: "ringlight"),
                .product(name: "Hummingbird", package: "hummingbird"), .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources",
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]),
    ]
)
