public import ArgumentParser
public import MillpondNet

/// What the example servers are told on the command line.
public struct ServerFlags: ParsableArguments {
    @Option(help: "The address to listen on; 0.0.0.0 or :: for all.")
    public var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0 takes a free one.")
    public var port: UInt16?
    @Option(help: "Threads that serve connections; one per core by default.")
    public var reactors: Int?

    public init() {}

    public func validate() throws {
        if SocketAddress(host: host, port: 0) == nil {
            throw ValidationError("--host: not a numeric address: \(host)")
        }
        if let reactors, reactors < 1 { throw ValidationError("--reactors must be at least 1, not \(reactors)") }
    }

    /// Where to listen; on the usual port unless another was asked for.
    public func address(usualPort: UInt16) -> SocketAddress {
        // `validate` has seen that the host is an address.
        SocketAddress(host: host, port: port ?? usualPort) ?? .loopback(port: port ?? usualPort)
    }
}
