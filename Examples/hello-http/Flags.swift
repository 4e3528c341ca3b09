import Glibc

/// The command line.
struct Flags {
    var host = "127.0.0.1"
    var port: UInt16 = 8080
    var reactors: Int?

    init(_ arguments: [String]) {
        var rest = arguments.dropFirst()
        while let flag = rest.popFirst() {
            guard let value = rest.popFirst() else { Self.fail("\(flag) needs a value") }
            switch flag {
            case "--host": host = value
            case "--port":
                guard let port = UInt16(value) else { Self.fail("not a port: \(value)") }
                self.port = port
            case "--reactors":
                guard let count = Int(value), count > 0 else { Self.fail("not a number of reactors: \(value)") }
                reactors = count
            default: Self.fail("unknown flag: \(flag)")
            }
        }
    }

    static func fail(_ reason: String) -> Never {
        print("hello-http: \(reason)")
        exit(2)
    }
}
