import CFuzzer
import MillpondChat

/// Shows any bytes to the packet parser, any body to every request's, and all of it to the readers of a guest's
/// JSON and of a token: none may trap, read outside or go on for ever.
@main
enum ChatFuzzer {
    static func main() {
        _ = run_fuzzer(CommandLine.argc, CommandLine.unsafeArgv) { data, size in
            let bytes = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(start: data, count: size))
            _ = PacketFuzzing.parse(bytes)
            precondition(PacketFuzzing.readGuest(bytes), "a guest's request reads otherwise when it is written again")
            precondition(PacketFuzzing.readToken(bytes), "a token that nobody signed is believed")
            return 0
        }
    }
}
