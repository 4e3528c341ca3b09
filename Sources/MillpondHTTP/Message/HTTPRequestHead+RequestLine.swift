extension HTTPRequestHead {
    /// `METHOD SP TARGET SP HTTP/1.x CR LF`, after at most one empty line (RFC 9112, sections 2.2 and 3).
    mutating func parseFirstLine(_ bytes: UnsafePointer<UInt8>, _ lineStart: Int, _ count: Int) -> HTTPLineStep {
        var start = lineStart
        if unsafe start == 0 && bytes[0] == 0x0D {
            guard count > 1 else { return .more }
            guard unsafe bytes[1] == 0x0A else { return .bad(.bareCarriageReturn) }
            guard count > 2 else { return .more }
            start = 2
        }
        var index = start
        while index < count, unsafe ASCII.isToken(bytes[index]) { index &+= 1 }
        if index - start > Self.longestMethod { return .bad(.methodTooLong) }
        guard index < count else { return .more }
        guard index > start, unsafe bytes[index] == 0x20 else { return .bad(.method) }
        methodStart = UInt32(truncatingIfNeeded: start)
        methodCount = UInt32(truncatingIfNeeded: index - start)
        index &+= 1
        let target = index
        while index < count, unsafe ASCII.isTarget(bytes[index]) { index &+= 1 }
        guard index < count else { return .more }
        guard index > target, unsafe bytes[index] == 0x20 else { return .bad(.target) }
        targetStart = UInt32(truncatingIfNeeded: target)
        targetCount = UInt32(truncatingIfNeeded: index - target)
        index &+= 1
        if let early = unsafe parseVersion(bytes, index, count) { return early }
        unsafe nameMethod(unsafe bytes + start)
        guard unsafe checkTarget(bytes + target, index - 1 - target) else { return .bad(.target) }
        progress.flags.insert(.firstLine)
        return .next(index + 10)
    }

    /// `HTTP/` digit `.` digit CR LF. Nil when it is there and spoken here.
    private mutating func parseVersion(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ count: Int) -> HTTPLineStep? {
        let available = min(10, count - start)
        for offset in 0..<available {
            let byte = unsafe bytes[start + offset]
            let isRight =
                switch offset {
                case 0: byte == UInt8(ascii: "H")
                case 1, 2: byte == UInt8(ascii: "T")
                case 3: byte == UInt8(ascii: "P")
                case 4: byte == UInt8(ascii: "/")
                case 5, 7: ASCII.isDigit(byte)
                case 6: byte == UInt8(ascii: ".")
                case 8: byte == 0x0D
                default: byte == 0x0A
                }
            if !isRight { return .bad(offset == 9 ? .bareCarriageReturn : .version) }
        }
        guard available == 10 else { return .more }
        guard unsafe bytes[start + 5] == UInt8(ascii: "1") else { return .bad(.unsupportedVersion) }
        version = unsafe bytes[start + 7] == UInt8(ascii: "0") ? .http10 : .http11
        return nil
    }

    /// The whole line is there, so at least eight bytes are.
    private mutating func nameMethod(_ bytes: UnsafePointer<UInt8>) {
        guard methodCount <= 7 else {
            method = .other
            return
        }
        let word = UInt64(littleEndian: unsafe UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self))
        method = HTTPMethod(word: word & (1 << (UInt64(methodCount) * 8) - 1))
    }

    /// The four forms of a target (RFC 9112, section 3.2).
    private mutating func checkTarget(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        if method == .connect { return unsafe HostSyntax.isValid(bytes, count, needsPort: true) && count > 0 }
        switch unsafe bytes[0] {
        case UInt8(ascii: "/"): return true
        case UInt8(ascii: "*"): return count == 1 && method == .options
        default: return unsafe checkAbsolute(bytes, count)
        }
    }

    /// `http://authority[/path]`, or with https.
    private mutating func checkAbsolute(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        let prefix: Int
        if unsafe count > 7 && ASCII.equals(bytes, 7, lowercase: "http://") {
            prefix = 7
        } else if unsafe count > 8 && ASCII.equals(bytes, 8, lowercase: "https://") {
            prefix = 8
        } else {
            return false
        }
        var end = prefix
        while end < count, unsafe bytes[end] != UInt8(ascii: "/") && bytes[end] != UInt8(ascii: "?") { end += 1 }
        guard end > prefix, unsafe HostSyntax.isValid(bytes + prefix, end - prefix) else { return false }
        authorityStart = targetStart + UInt32(prefix)
        authorityCount = UInt32(end - prefix)
        progress.flags.insert(.absolute)
        return true
    }
}
