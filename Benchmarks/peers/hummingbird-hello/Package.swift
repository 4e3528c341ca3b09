// swift-tools-version: 6.3
import PackageDescription

// A hello server as a user of Hummingbird writes it: a package of its own, which only the benchmarks build.
let package = Package(
    name: "hummingbird-hello",
    dependencies: [.package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1")],
    targets: [
        .executableTarget(
            name: "hummingbird-hello", dependencies: [.product(name: "Hummingbird", package: "hummingbird")])
    ]
)
