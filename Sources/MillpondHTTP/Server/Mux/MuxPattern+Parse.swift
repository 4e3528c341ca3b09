extension MuxPattern {
    /// - Throws: `ServeMuxError` that says what is wrong with `text`.
    init(_ text: String) throws(ServeMuxError) {
        let (method, location) = Self.splitMethod(text)
        guard !location.isEmpty else { throw ServeMuxError(.empty, text) }
        if let method {
            guard !method.isEmpty, method.utf8.allSatisfy(ASCII.isToken) else { throw ServeMuxError(.method, text) }
        }
        guard let slash = location.firstIndex(of: "/") else { throw ServeMuxError(.missingPath, text) }
        let host = location[..<slash]
        guard Self.isHost(host) else { throw ServeMuxError(.host, text) }
        let path = location[slash...]
        guard !MuxPath.needsCleaning(Array(path.utf8)) else { throw ServeMuxError(.uncleanPath, text) }
        let segments = try Self.parsePath(path.dropFirst(), of: text)
        self.text = text
        self.method = method.map(String.init) ?? ""
        self.host = host.lowercased()
        self.segments = segments
        var captures: [Capture] = []
        for (index, segment) in segments.enumerated() {
            let capture: Capture
            switch segment {
            case .wildcard(let name): capture = Capture(name: name, segment: index, isRest: false)
            case .rest(let name) where !name.isEmpty: capture = Capture(name: name, segment: index, isRest: true)
            default: continue
            }
            guard !captures.contains(where: { $0.name == capture.name }) else {
                throw ServeMuxError(.duplicateWildcard, text)
            }
            captures.append(capture)
        }
        self.captures = captures
    }

    private static func splitMethod(_ text: String) -> (method: Substring?, location: Substring) {
        guard let blank = text.firstIndex(where: { $0 == " " || $0 == "\t" }) else { return (nil, text[...]) }
        return (text[..<blank], text[blank...].drop { $0 == " " || $0 == "\t" })
    }

    /// Names and addresses without a port: ports do not take part in matching.
    private static func isHost(_ host: Substring) -> Bool {
        if host.isEmpty { return true }
        let letters = Array(host.utf8)
        let isValid = unsafe letters.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return false }
            return unsafe HostSyntax.isValid(base, buffer.count)
        }
        if !isValid || letters.contains(UInt8(ascii: "%")) { return false }
        return letters.first == UInt8(ascii: "[")
            ? letters.last == UInt8(ascii: "]") : !letters.contains(UInt8(ascii: ":"))
    }

    /// - Parameter path: without its first slash.
    private static func parsePath(_ path: Substring, of text: String) throws(ServeMuxError) -> [Segment] {
        var segments: [Segment] = []
        let pieces = path.split(separator: "/", omittingEmptySubsequences: false)
        for (index, piece) in pieces.enumerated() {
            let isLast = index == pieces.count - 1
            if piece.isEmpty {
                // Only the last can be: the path is clean.
                segments.append(.rest(""))
            } else if piece.contains("{") || piece.contains("}") {
                segments.append(try parseWildcard(piece, isLast: isLast, of: text))
            } else {
                guard let bytes = PercentCoding.decode(Array(piece.utf8)) else {
                    throw ServeMuxError(.escape, text)
                }
                segments.append(.literal(bytes))
            }
        }
        return segments
    }

    private static func parseWildcard(
        _ piece: Substring, isLast: Bool, of text: String
    ) throws(ServeMuxError) -> Segment {
        guard piece.first == "{", piece.last == "}" else { throw ServeMuxError(.partialWildcard, text) }
        var name = piece.dropFirst().dropLast()
        if name == "$" {
            guard isLast else { throw ServeMuxError(.endNotLast, text) }
            return .end
        }
        let isRest = name.hasSuffix("...")
        if isRest {
            guard isLast else { throw ServeMuxError(.restNotLast, text) }
            name = name.dropLast(3)
        }
        let isName =
            name.first.map { $0.isLetter || $0 == "_" } ?? false
            && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
        guard isName else { throw ServeMuxError(.wildcardName, text) }
        return isRest ? .rest(String(name)) : .wildcard(String(name))
    }
}
