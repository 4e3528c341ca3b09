// swift-tools-version: 6.3
import PackageDescription

/// The compiler settings of tests; sources add strict memory safety.
let testSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableExperimentalFeature("Lifetimes"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]

/// One set of compiler settings for every Swift target: what the language can check, it checks.
let settings: [SwiftSetting] = testSettings + [.strictMemorySafety()]

/// The command is an application: it has no hot path of its own and uses Foundation.
let commandSettings: [SwiftSetting] = testSettings

let package = Package(
    name: "millpond",
    products: [
        .library(name: "MillpondPools", targets: ["MillpondPools"]),
        .library(name: "MillpondIO", targets: ["MillpondIO"]),
        .library(name: "MillpondNet", targets: ["MillpondNet"]),
        .library(name: "MillpondHTTP", targets: ["MillpondHTTP"]),
        .library(name: "MillpondWebSocket", targets: ["MillpondWebSocket"]),
        .library(name: "MillpondChat", targets: ["MillpondChat"]),
        .library(name: "MillpondNIO", targets: ["MillpondNIO"]),
        .library(name: "MillpondHTTPTypes", targets: ["MillpondHTTPTypes"]),
        .library(name: "MillpondJSON", targets: ["MillpondJSON"]),
        .library(name: "MillpondServiceLifecycle", targets: ["MillpondServiceLifecycle"]),
        .library(name: "MillpondHTTPObservability", targets: ["MillpondHTTPObservability"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // The layers: each imports only layers that come before it in this list.
        .target(name: "CMillpond"),
        .target(name: "MillpondPools", dependencies: ["CMillpond"], swiftSettings: settings),
        .target(name: "MillpondIO", dependencies: ["CMillpond", "MillpondPools"], swiftSettings: settings),
        .target(
            name: "MillpondNet", dependencies: ["CMillpond", "MillpondPools", "MillpondIO"], swiftSettings: settings),
        .target(name: "CMillpondZlib", linkerSettings: [.linkedLibrary("z")]),
        .target(
            name: "MillpondHTTP",
            dependencies: ["CMillpond", "CMillpondZlib", "MillpondPools", "MillpondIO", "MillpondNet"],
            swiftSettings: settings),
        .target(
            name: "MillpondWebSocket",
            dependencies: ["CMillpond", "MillpondPools", "MillpondIO", "MillpondNet", "MillpondHTTP"],
            swiftSettings: settings),
        .target(name: "CMillpondWeb"),
        .target(name: "CMillpondCrypto", linkerSettings: [.linkedLibrary("crypto")]),
        .target(
            name: "MillpondChat",
            dependencies: [
                "CMillpond", "CMillpondWeb", "CMillpondCrypto", "MillpondPools", "MillpondIO", "MillpondNet",
                "MillpondWebSocket",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ], exclude: ["Web/Assets"], swiftSettings: settings),
        .executableTarget(
            name: "millpond",
            dependencies: [
                "CMillpond", "MillpondPools", "MillpondIO", "MillpondNet", "MillpondHTTP", "MillpondWebSocket",
                "MillpondChat",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], swiftSettings: commandSettings),

        // Adapters: for users of other libraries; no layer imports them.
        .target(
            name: "MillpondNIO",
            dependencies: ["MillpondPools", "MillpondIO", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: settings),
        .target(
            name: "MillpondHTTPTypes",
            dependencies: ["MillpondHTTP", .product(name: "HTTPTypes", package: "swift-http-types")],
            swiftSettings: settings),
        .target(name: "MillpondJSON", dependencies: ["MillpondIO", "MillpondHTTP"], swiftSettings: settings),
        .target(
            name: "MillpondServiceLifecycle",
            dependencies: [
                "MillpondNet", "MillpondHTTP",
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: settings),

        .target(
            name: "MillpondHTTPObservability",
            dependencies: [
                "MillpondHTTP", .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ], swiftSettings: settings),

        // Tests: one target a layer, then those across layers.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: testSettings),
        .testTarget(
            name: "MillpondPoolsTests", dependencies: ["MillpondPools", "TestSupport"], swiftSettings: settings),
        .executableTarget(
            name: "transfer-probe", dependencies: ["MillpondIO", "MillpondPools"], path: "Tests/TransferProbe",
            swiftSettings: testSettings),
        .testTarget(
            name: "MillpondIOTests", dependencies: ["MillpondIO", "MillpondPools", "TestSupport", "transfer-probe"],
            swiftSettings: testSettings),
        .testTarget(
            name: "MillpondNetTests",
            dependencies: ["CMillpond", "MillpondPools", "MillpondIO", "MillpondNet", "TestSupport"],
            swiftSettings: testSettings),
        .testTarget(
            name: "MillpondHTTPTests",
            dependencies: ["CMillpond", "MillpondPools", "MillpondIO", "MillpondNet", "MillpondHTTP", "TestSupport"],
            swiftSettings: testSettings),
        .testTarget(
            name: "MillpondWebSocketTests",
            dependencies: [
                "MillpondPools", "MillpondIO", "MillpondNet", "MillpondHTTP", "MillpondWebSocket", "TestSupport",
            ], swiftSettings: testSettings),
        .testTarget(
            name: "MillpondChatTests",
            dependencies: [
                "MillpondChat", "MillpondPools", "MillpondIO", "MillpondNet", "MillpondWebSocket", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
            ], swiftSettings: testSettings),
        .testTarget(
            name: "MillpondNIOTests",
            dependencies: [
                "MillpondNIO", "MillpondPools", "MillpondIO", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ], swiftSettings: testSettings),
        .testTarget(
            name: "HTTPAdapterTests",
            dependencies: [
                "MillpondHTTPTypes", "MillpondJSON", "MillpondServiceLifecycle", "MillpondIO", "MillpondNet",
                "MillpondHTTP", "TestSupport", .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: testSettings),
        .testTarget(
            name: "MillpondHTTPObservabilityTests",
            dependencies: [
                "MillpondHTTPObservability", "MillpondHTTP", "MillpondNet", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
            ], swiftSettings: testSettings),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "millpond", "MillpondChat", "MillpondHTTP", "MillpondIO", "MillpondNet", "MillpondPools",
                "MillpondWebSocket", "TestSupport",
            ], swiftSettings: testSettings),
        .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
        .testTarget(
            name: "AllocationTests",
            dependencies: [
                "CAllocationCounter", "MillpondPools", "MillpondIO", "MillpondNet", "MillpondHTTP",
                "MillpondWebSocket",
            ], swiftSettings: testSettings),
        .executableTarget(
            name: "soak-server",
            dependencies: ["MillpondPools", "MillpondIO", "MillpondNet", "MillpondHTTP", "MillpondWebSocket"],
            path: "Tests/SoakServer", swiftSettings: testSettings),
        .testTarget(
            name: "RedisPingTests", dependencies: ["redis-ping", "MillpondIO"], swiftSettings: testSettings),
        // What a user of the libraries has: no feature, no setting but the language mode.
        .target(
            name: "GuideSamples",
            dependencies: [
                "MillpondPools", "MillpondIO", "MillpondNet", "MillpondHTTP", "MillpondWebSocket", "MillpondChat",
                "MillpondNIO", "MillpondJSON", "MillpondHTTPTypes", "MillpondServiceLifecycle",
                "MillpondHTTPObservability",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], path: "Tests/GuideSamples", swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]),
        .testTarget(name: "TidyTests", dependencies: ["GuideSamples"], swiftSettings: testSettings),

        .executableTarget(
            name: "hello-http",
            dependencies: [
                "MillpondIO", "MillpondNet", "MillpondHTTP",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Examples/hello-http", swiftSettings: settings),
        .executableTarget(
            name: "todo-http",
            dependencies: [
                "MillpondNet", "MillpondHTTP", "MillpondJSON", "MillpondServiceLifecycle",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], path: "Examples/todo-http", swiftSettings: settings),
        .executableTarget(
            name: "echo-http",
            dependencies: [
                "MillpondIO", "MillpondNet", "MillpondHTTP",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Examples/echo-http", swiftSettings: settings),
        .executableTarget(
            name: "files-http",
            dependencies: [
                "MillpondNet", "MillpondHTTP", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Examples/files-http", swiftSettings: settings),
        .executableTarget(
            name: "echo-ws",
            dependencies: [
                "MillpondNet", "MillpondHTTP", "MillpondWebSocket",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Examples/echo-ws", swiftSettings: settings),
        .executableTarget(
            name: "echo-ws-client", dependencies: ["MillpondNet", "MillpondWebSocket"],
            path: "Examples/echo-ws-client", swiftSettings: settings),
        .executableTarget(
            name: "redis-ping",
            dependencies: [
                "MillpondPools", "MillpondIO", "MillpondNet",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Examples/redis-ping", swiftSettings: settings),

        .executableTarget(
            name: "core-benchmark", dependencies: ["MillpondNet", "MillpondIO", "MillpondPools"],
            path: "Benchmarks/core-benchmark", swiftSettings: settings),
        .executableTarget(
            name: "http-client-benchmark", dependencies: ["MillpondHTTP", "MillpondNet", "MillpondPools"],
            path: "Benchmarks/http-client-benchmark", swiftSettings: settings),
        .executableTarget(
            name: "chat-benchmark",
            dependencies: [
                "MillpondChat", "MillpondNet", "MillpondIO", "MillpondPools",
                .product(name: "Logging", package: "swift-log"),
            ], path: "Benchmarks/chat-benchmark", swiftSettings: testSettings),
    ]
)

// `make allocations` optimises the layers that it measures, and builds nothing else.
if Context.environment["MILLPOND_ALLOCATIONS"] != nil {
    let measured = [
        "CMillpond", "CMillpondZlib", "MillpondPools", "MillpondIO", "MillpondNet", "MillpondHTTP",
        "MillpondWebSocket", "CAllocationCounter", "AllocationTests",
    ]
    package.targets.removeAll { !measured.contains($0.name) }
    package.products = []
    package.dependencies = []
}

// The fuzzers need libFuzzer's runtime, which only `scripts/fuzz` links.
if Context.environment["MILLPOND_FUZZ"] != nil {
    package.targets.append(.target(name: "CFuzzer", path: "Fuzz/CFuzzer"))
    let fuzzers = [
        ("fuzz-chat", "MillpondChat"), ("fuzz-http", "MillpondHTTP"), ("fuzz-multipart", "MillpondHTTP"),
        ("fuzz-response", "MillpondHTTP"),
        ("fuzz-websocket", "MillpondWebSocket"),
    ]
    for (name, layer) in fuzzers {
        package.targets.append(
            .executableTarget(
                name: name, dependencies: ["CFuzzer", .byName(name: layer)], path: "Fuzz/\(name)",
                swiftSettings: testSettings))
    }
}
