// swift-tools-version: 6.3
import PackageDescription

/// One set of compiler settings for every Swift target: what the language can check, it checks.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableExperimentalFeature("Lifetimes"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]

let package = Package(
    name: "millpond",
    products: [
        .library(name: "MillpondPools", targets: ["MillpondPools"]),
        .library(name: "MillpondIO", targets: ["MillpondIO"]),
    ],
    dependencies: [],
    targets: [
        .target(name: "CMillpond"),
        .target(name: "MillpondPools", dependencies: ["CMillpond"], swiftSettings: settings),
        .target(name: "MillpondWebSocket", dependencies: ["MillpondPools"], swiftSettings: settings),
        .testTarget(
            name: "MillpondWebSocketTests", dependencies: ["MillpondWebSocket"], swiftSettings: settings),
        .testTarget(name: "MillpondPoolsTests", dependencies: ["MillpondPools"], swiftSettings: settings),
        .target(name: "MillpondIO", dependencies: ["MillpondPools"], swiftSettings: settings),
        .executableTarget(
            name: "reader-benchmark", dependencies: ["MillpondIO", "MillpondPools"],
            path: "Benchmarks/reader-benchmark", swiftSettings: settings),
    ]
)
