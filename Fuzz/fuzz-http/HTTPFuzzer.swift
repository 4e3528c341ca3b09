import CFuzzer
import MillpondHTTP

/// Shows any bytes to the parser of request heads and to the decoder of chunked bodies, whole and in pieces:
/// `HTTPFuzzing.swift` says what must hold.
@main
enum HTTPFuzzer {
    static func main() {
        _ = run_fuzzer(CommandLine.argc, CommandLine.unsafeArgv) { data, size in
            fuzzHTTP(Array(UnsafeBufferPointer(start: data, count: size)))
            return 0
        }
    }
}
