// swift-tools-version: 6.3
import PackageDescription

// SwiftNIO's ByteBuffer in the scenarios of core-benchmark: a package of its own, which only the benchmarks build.
// The links in its sources lead to what both share.
let package = Package(
    name: "nio-benchmark",
    dependencies: [.package(url: "https://github.com/apple/swift-nio", from: "2.101.2")],
    targets: [
        .executableTarget(
            name: "nio-benchmark",
            dependencies: [.product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: [
                .swiftLanguageMode(.v6), .treatAllWarnings(as: .error), .strictMemorySafety(),
                .enableExperimentalFeature("Lifetimes"),
            ])
    ]
)
