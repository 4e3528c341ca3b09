import Glibc
import MillpondHTTP
import MillpondNet
import MillpondPools

/// Sends requests and prints a line of JSON about what that took, after a warm-up of a tenth:
/// `http-client-benchmark URL pool|fresh|guest REQUESTS IN-FLIGHT`, as `peers/http-client` does. `guest`: through the
/// pool, but from tasks that do not run on its reactor.
@main
@safe
struct HTTPClientBenchmark {
    private typealias Totals = @convention(c) (UnsafeMutablePointer<UInt64>) -> Void

    let transport: Transport
    let request: HTTPClientRequest
    let inFlight: Int

    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let requests = Int(arguments[3]), let inFlight = Int(arguments[4]), inFlight > 0
        else {
            print("usage: http-client-benchmark URL pool|fresh|guest REQUESTS IN-FLIGHT")
            exit(2)
        }
        let group = try ReactorGroup(count: 1)
        var options = TransportOptions()
        options.maximumIdlePerHost = inFlight
        options.keepsConnections = arguments[2] != "fresh"
        let transport = Transport(group: group, options: options)
        let benchmark = HTTPClientBenchmark(
            transport: transport, request: try HTTPClientRequest(.get, arguments[1]), inFlight: inFlight)
        if arguments[2] == "guest" {
            print(try await benchmark.measure(requests))
        } else {
            print(try await group.reactors[0].run { try await benchmark.measure(requests) })
        }
        await transport.close()
        await group.shutdown()
    }

    private func measure(_ requests: Int) async throws -> String {
        try await send(requests / 10)
        let dials = transport.statistics().dials
        let mallocs = Self.allocations()
        let (cpu, wall) = (Self.now(CLOCK_PROCESS_CPUTIME_ID), Self.now(CLOCK_MONOTONIC))
        try await send(requests)
        let spent = (Self.now(CLOCK_PROCESS_CPUTIME_ID) - cpu, Self.now(CLOCK_MONOTONIC) - wall)
        let allocated = Self.allocations() - mallocs
        return """
            {"requests":\(requests),"cpuNs":\(spent.0),"wallNs":\(spent.1),\
            "dials":\(transport.statistics().dials - dials),"mallocs":\(allocated)}
            """
    }

    private func send(_ requests: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<inFlight {
                let count = requests / inFlight + (worker < requests % inFlight ? 1 : 0)
                group.addTask { for _ in 0..<count { try await sendOne() } }
            }
            try await group.waitForAll()
        }
    }

    private func sendOne() async throws {
        let isRight = try await transport.withResponse(request) { response in
            var count = 0
            while let piece = try await response.readChunk({ $0.byteCount }) { count += piece }
            return count == 13 && response.status == .ok
        }
        guard isRight else {
            print("wrong response")
            exit(1)
        }
    }

    /// Allocations so far, when the counter of `load/allocations.c` is preloaded; else 0.
    private static func allocations() -> UInt64 {
        guard let symbol = unsafe dlsym(nil, "allocation_totals") else { return 0 }
        let totals = unsafe unsafeBitCast(symbol, to: Totals.self)
        var both: InlineArray<2, UInt64> = [0, 0]
        var span = both.mutableSpan
        unsafe span.withUnsafeMutableBufferPointer { unsafe totals($0.baseAddress.unsafelyUnwrapped) }
        return both[0]
    }

    private static func now(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
