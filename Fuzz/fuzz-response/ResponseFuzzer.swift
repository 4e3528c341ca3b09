import CFuzzer
import MillpondHTTP

/// Shows any bytes to the parser of response heads, whole and in pieces: `HTTPFuzzing.swift`, a link, says what must
/// hold.
@main
enum ResponseFuzzer {
    static func main() {
        _ = run_fuzzer(CommandLine.argc, CommandLine.unsafeArgv) { data, size in
            fuzzResponses(Array(UnsafeBufferPointer(start: data, count: size)))
            return 0
        }
    }
}
