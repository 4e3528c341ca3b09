extension MuxTree {
    /// What a lookup found.
    struct Match: Equatable {
        /// Which route; negative for none.
        var route: Int32 = -1
        /// Whether the pattern matched without a rest that had to take something.
        var isExact = false

        static var none: Match { Match() }
    }

    /// The most specific pattern for a request. Since patterns that overlap are refused, a literal child always beats
    /// a wildcard, and a wildcard a rest; hosts go before methods, methods before paths.
    ///
    /// - Parameters:
    ///   - host: without port.
    ///   - path: clean, with a slash at its start.
    ///   - addsSlash: matches as if a slash followed the path.
    func match(
        host: UnsafeRawBufferPointer, method: UnsafeRawBufferPointer, path: UnsafeRawBufferPointer,
        addsSlash: Bool = false
    ) -> Match {
        if hasHosts, unsafe !host.isEmpty, let node = unsafe child(of: 0, host, 0..<host.count, .lowercase) {
            let match = unsafe match(below: node, method, path, addsSlash)
            if match.route >= 0 { return match }
        }
        let anyHost = nodes[0].wildcard
        return anyHost < 0 ? .none : unsafe match(below: anyHost, method, path, addsSlash)
    }

    private func match(
        below host: Int32, _ method: UnsafeRawBufferPointer, _ path: UnsafeRawBufferPointer, _ addsSlash: Bool
    ) -> Match {
        if let node = unsafe child(of: host, method, 0..<method.count, .plain) {
            let match = unsafe find(from: node, path, 0, addsSlash)
            if match.route >= 0 { return match }
        }
        if unsafe method.elementsEqual("HEAD".utf8) {
            let get: StaticString = "GET"
            // Sound: literals live for ever.
            let letters = unsafe UnsafeRawBufferPointer(start: get.utf8Start, count: get.utf8CodeUnitCount)
            if let node = unsafe child(of: host, letters, 0..<3, .plain) {
                let match = unsafe find(from: node, path, 0, addsSlash)
                if match.route >= 0 { return match }
            }
        }
        let anyMethod = nodes[Int(host)].wildcard
        return anyMethod < 0 ? .none : unsafe find(from: anyMethod, path, 0, addsSlash)
    }

    /// Follows the path from `position`, where a slash or its end is. Each node is visited at most once, so the work is
    /// bounded by the patterns that share the path's beginning, and not by how many there are besides.
    private func find(
        from index: Int32, _ path: UnsafeRawBufferPointer, _ position: Int, _ addsSlash: Bool
    ) -> Match {
        let node = nodes[Int(index)]
        let next = position + 1
        if position == path.count, !addsSlash { return Match(route: node.route, isExact: node.route >= 0) }
        if next >= path.count {
            // Nothing, or an added slash, follows the last slash.
            if next == path.count, addsSlash { return Match(route: node.rest) }
            let route = node.end >= 0 ? node.end : node.rest
            return Match(route: route, isExact: route >= 0)
        }
        var end = next
        while end < path.count, unsafe path[end] != UInt8(ascii: "/") { end &+= 1 }
        if let child = unsafe child(of: index, path, next..<end, .decoded) {
            let match = unsafe find(from: child, path, end, addsSlash)
            if match.route >= 0 { return match }
        }
        if node.wildcard >= 0 {
            let match = unsafe find(from: node.wildcard, path, end, addsSlash)
            if match.route >= 0 { return match }
        }
        return Match(route: node.rest)
    }

    /// The methods that patterns for this host and path have, in their order, with commas; empty without any.
    func allowedMethods(host: UnsafeRawBufferPointer, path: UnsafeRawBufferPointer) -> String {
        var names: Set<String> = []
        var hosts: [Int32] = []
        if hasHosts, let node = unsafe child(of: 0, host, 0..<host.count, .lowercase) { hosts.append(node) }
        if nodes[0].wildcard >= 0 { hosts.append(nodes[0].wildcard) }
        for node in hosts {
            for (name, root) in methods[node] ?? [] where !names.contains(name) {
                let matches =
                    unsafe find(from: root, path, 0, false).route >= 0
                    || (path.last != UInt8(ascii: "/") && find(from: root, path, 0, true).isExact)
                if matches { names.insert(name) }
            }
        }
        if names.contains("GET") { names.insert("HEAD") }
        return names.sorted().joined(separator: ", ")
    }
}
