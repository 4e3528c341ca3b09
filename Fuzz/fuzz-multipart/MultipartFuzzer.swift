import CFuzzer
import MillpondHTTP

/// Shows any bytes to the parser of multipart forms and to the decoder of urlencoded ones, whole and in pieces:
/// `MultipartFuzzing.swift` says what must hold.
@main
enum MultipartFuzzer {
    static func main() {
        _ = run_fuzzer(CommandLine.argc, CommandLine.unsafeArgv) { data, size in
            fuzzMultipart(Array(UnsafeBufferPointer(start: data, count: size)))
            return 0
        }
    }
}
