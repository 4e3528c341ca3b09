/// The patterns of a mux as they are registered: finds those that a new one could be in conflict with, without a look at
/// the others.
struct MuxIndex: Sendable {
    private struct Node: Sendable {
        var literals: [[UInt8]: Int] = [:]
        var wildcard: Int?
        /// Patterns that end here, and those that go on with `{$}` or with a rest.
        var endings: [Int] = []
        var ends: [Int] = []
        var rests: [Int] = []

        var children: [Int] { literals.values + (wildcard.map { [$0] } ?? []) }
    }

    /// The root of each host.
    private var hosts: [String: Int] = [:]
    private var nodes: [Node] = []

    mutating func add(_ pattern: MuxPattern, _ route: Int) {
        var node = hosts[pattern.host] ?? addNode()
        hosts[pattern.host] = node
        for segment in pattern.segments {
            switch segment {
            case .literal(let bytes):
                let child = nodes[node].literals[bytes] ?? addNode()
                nodes[node].literals[bytes] = child
                node = child
            case .wildcard:
                let child = nodes[node].wildcard ?? addNode()
                nodes[node].wildcard = child
                node = child
            case .end: return nodes[node].ends.append(route)
            case .rest: return nodes[node].rests.append(route)
            }
        }
        nodes[node].endings.append(route)
    }

    private mutating func addNode() -> Int {
        nodes.append(Node())
        return nodes.count - 1
    }

    /// The patterns that have a path in common with this one, and its host. Complexity: O(their segments).
    func candidates(for pattern: MuxPattern) -> [Int] {
        guard let root = hosts[pattern.host] else { return [] }
        var found: [Int] = []
        collect(pattern.segments[...], below: root, into: &found)
        return found
    }

    private func collect(_ segments: ArraySlice<MuxPattern.Segment>, below index: Int, into found: inout [Int]) {
        let node = nodes[index]
        guard let segment = segments.first else {
            found += node.endings
            return
        }
        found += node.rests
        let rest = segments.dropFirst()
        switch segment {
        case .literal(let bytes):
            if let child = node.literals[bytes] { collect(rest, below: child, into: &found) }
            if let child = node.wildcard { collect(rest, below: child, into: &found) }
        case .wildcard:
            for child in node.children { collect(rest, below: child, into: &found) }
        case .end:
            found += node.ends
        case .rest:
            found += node.ends
            for child in node.children { collectAll(below: child, into: &found) }
        }
    }

    private func collectAll(below index: Int, into found: inout [Int]) {
        let node = nodes[index]
        found += node.endings + node.ends + node.rests
        for child in node.children { collectAll(below: child, into: &found) }
    }
}
