extension HTTPRequestHead {
    /// Takes note of a field that says how the message goes on; names what is wrong with it.
    mutating func note(
        _ name: UnsafePointer<UInt8>, _ nameCount: Int, _ value: UnsafePointer<UInt8>, _ count: Int
    ) -> HTTPMessageError.Code? {
        switch nameCount {
        case 4 where unsafe ASCII.equals(name, 4, lowercase: "host"):
            if flags.contains(.host) { return .severalHosts }
            flags.insert(.host)
            return unsafe HostSyntax.isValid(value, count) ? nil : .host
        case 6 where unsafe ASCII.equals(name, 6, lowercase: "expect"):
            flags.insert(
                unsafe ASCII.equals(value, count, lowercase: "100-continue") ? .expect : .unknownExpectation)
        case 7 where unsafe ASCII.equals(name, 7, lowercase: "upgrade"):
            flags.insert(.upgrade)
        case 10 where unsafe ASCII.equals(name, 10, lowercase: "connection"):
            unsafe noteConnection(value, count)
        case 14 where unsafe ASCII.equals(name, 14, lowercase: "content-length"):
            return unsafe noteLength(value, count)
        case 17 where unsafe ASCII.equals(name, 17, lowercase: "transfer-encoding"):
            return unsafe noteTransferEncoding(value, count)
        default: break
        }
        return nil
    }

    /// Digits only, once only: a list of equal lengths, which RFC 9110 lets pass, is refused too.
    private mutating func noteLength(_ value: UnsafePointer<UInt8>, _ count: Int) -> HTTPMessageError.Code? {
        if flags.contains(.contentLength) { return .severalContentLengths }
        flags.insert(.contentLength)
        guard let number = unsafe HTTPFieldSyntax.length(value, count) else { return .contentLength }
        length = number
        return nil
    }

    private mutating func noteConnection(_ value: UnsafePointer<UInt8>, _ count: Int) {
        unsafe HTTPFieldSyntax.forEachElement(value, count) { element, count in
            if unsafe ASCII.equals(element, count, lowercase: "close") { flags.insert(.close) }
            if unsafe ASCII.equals(element, count, lowercase: "keep-alive") { flags.insert(.keepAlive) }
            if unsafe ASCII.equals(element, count, lowercase: "upgrade") { flags.insert(.connectionUpgrade) }
            return true
        }
    }

    /// The codings of all lines form one list, whose last must be `chunked` and no other (RFC 9112, section 6).
    private mutating func noteTransferEncoding(
        _ value: UnsafePointer<UInt8>, _ count: Int
    ) -> HTTPMessageError.Code? {
        flags.insert(.transferEncoding)
        let isRight = unsafe HTTPFieldSyntax.forEachElement(value, count) { element, count in
            // Nothing between two commas, or a coding after the last.
            if count == 0 || flags.contains(.chunkedLast) { return false }
            if unsafe ASCII.equals(element, count, lowercase: "chunked") {
                flags.insert(.chunkedLast)
            } else {
                guard unsafe ASCII.isToken(element[0]) else { return false }
                flags.insert(.otherCoding)
            }
            return true
        }
        return isRight ? nil : .transferEncoding
    }
}
