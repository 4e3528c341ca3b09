public import MillpondPools

extension HTTPRequestHead {
    /// Methods longer than this are longer than any that is known.
    static var longestMethod: Int { 32 }

    /// Parses as much as there is. `bytes` are all that have come of the request since its first byte, also those that
    /// were shown before.
    ///
    /// Looks at no byte twice more than a constant number of times, however the head is cut into calls.
    public mutating func parse(
        _ bytes: RawSpan, limits: HTTPHeadLimits = HTTPHeadLimits(), pool: BlockPool = .shared
    ) -> HTTPHeadOutcome {
        parseLines(bytes, limits, pool)
    }
}

extension HTTPRequestHead: HTTPHeadParser {
    static var firstLineTooLong: HTTPMessageError.Code { .requestLineTooLong }

    mutating func keep(_ field: HTTPFieldTable.Entry, pool: BlockPool) -> Bool { table.append(field, pool: pool) }

    mutating func note(
        _ name: UnsafePointer<UInt8>, _ nameCount: Int, _ value: UnsafePointer<UInt8>, _ count: Int
    ) -> HTTPMessageError.Code? {
        switch nameCount {
        case 4 where unsafe ASCII.equals(name, 4, lowercase: "host"):
            if progress.flags.contains(.host) { return .severalHosts }
            progress.flags.insert(.host)
            return unsafe HostSyntax.isValid(value, count) ? nil : .host
        case 6 where unsafe ASCII.equals(name, 6, lowercase: "expect"):
            progress.flags.insert(
                unsafe ASCII.equals(value, count, lowercase: "100-continue") ? .expect : .unknownExpectation)
            return nil
        default:
            return unsafe progress.note(name, nameCount, value, count)
        }
    }

    var contradiction: HTTPMessageError.Code? {
        if version == .http11, !progress.flags.contains(.host) { return .missingHost }
        if let code = progress.contradiction(version) { return code }
        return version == .http11 && progress.flags.contains(.unknownExpectation) ? .expectation : nil
    }
}
