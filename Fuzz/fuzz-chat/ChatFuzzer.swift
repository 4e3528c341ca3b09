import CFuzzer
import MillpondChat

/// Shows any bytes to the packet parser, and any body to every request's: none may trap, read outside or
/// go on for ever.
@main
enum ChatFuzzer {
    static func main() {
        _ = run_fuzzer(CommandLine.argc, CommandLine.unsafeArgv) { data, size in
            _ = PacketFuzzing.parse(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(start: data, count: size)))
            return 0
        }
    }
}
