/// How long a load waits, in seconds.
struct LoadTimeouts {
    /// For a connection and its handshake.
    let connect: Double
    let login: Double
    let answer: Double

    init(_ options: BenchOptions) {
        connect = options.connectTimeout
        login = options.loginTimeout
        answer = options.timeout
    }
}
