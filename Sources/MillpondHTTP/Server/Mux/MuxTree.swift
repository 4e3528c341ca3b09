/// The decision tree of a mux: by host, then method, then segment after segment.
///
///     root ─host─▶ ○ ─method─▶ ○ ─"items"─▶ ○ ─{id}─▶ ● route
///       └──any───▶ ○ ──any───▶ ○ …
///
/// The literal children of all nodes are in one hash table, keyed by node and bytes: finding one takes as long among a
/// thousand as among two. Immutable once built.
struct MuxTree: Sendable {
    struct Node: Sendable {
        /// The child for any host, any method or a wildcard.
        var wildcard: Int32 = -1
        /// The route of a pattern that ends here.
        var route: Int32 = -1
        /// The route of a pattern that goes on with `{$}`.
        var end: Int32 = -1
        /// The route of a pattern whose rest begins here.
        var rest: Int32 = -1
        var hasLiterals = false
    }

    /// The way from a node to its child for a literal.
    struct Edge: Sendable {
        var hash: UInt64 = 0
        var parent: Int32 = -1
        var child: Int32 = -1
        var textStart: Int32 = 0
        var textCount: Int32 = 0
    }

    private(set) var nodes = [Node()]
    /// Open addressing; a power of two, at most half full.
    private var edges: [Edge] = []
    private var edgeCount = 0
    /// The literals' bytes, one after the other.
    private var text: [UInt8] = []
    /// Below the node of a host, the methods that have patterns; for `Allow`.
    private(set) var methods: [Int32: [(name: String, node: Int32)]] = [:]
    /// Whether any pattern names a host.
    private(set) var hasHosts = false

    /// How the bytes of a request are compared with literals.
    enum Comparison {
        case plain
        /// Letters in lower case.
        case lowercase
        /// Escapes decoded.
        case decoded
    }

    // MARK: Building

    init() {}

    mutating func insert(_ pattern: MuxPattern, route: Int32) {
        if !pattern.host.isEmpty { hasHosts = true }
        let host = child(of: 0, pattern.host.isEmpty ? nil : Array(pattern.host.utf8))
        let known = nodes.count
        var node = child(of: host, pattern.method.isEmpty ? nil : Array(pattern.method.utf8))
        if nodes.count > known, !pattern.method.isEmpty {
            methods[host, default: []].append((pattern.method, node))
        }
        for segment in pattern.segments {
            switch segment {
            case .literal(let bytes): node = child(of: node, bytes)
            case .wildcard: node = child(of: node, nil)
            case .end:
                nodes[Int(node)].end = route
                return
            case .rest:
                nodes[Int(node)].rest = route
                return
            }
        }
        nodes[Int(node)].route = route
    }

    /// The child for a literal, or the one for anything; made if need be.
    private mutating func child(of parent: Int32, _ literal: [UInt8]?) -> Int32 {
        guard let literal else {
            if nodes[Int(parent)].wildcard < 0 { nodes[Int(parent)].wildcard = addNode() }
            return nodes[Int(parent)].wildcard
        }
        let found = unsafe literal.withUnsafeBytes { unsafe self.child(of: parent, $0, 0..<$0.count, .plain) }
        if let found { return found }
        if edgeCount * 2 >= edges.count { growTable() }
        let node = addNode()
        nodes[Int(parent)].hasLiterals = true
        let hash = unsafe literal.withUnsafeBytes { unsafe Self.hash(parent, $0, 0..<$0.count, .plain) }
        place(
            Edge(
                hash: hash, parent: parent, child: node, textStart: Int32(text.count),
                textCount: Int32(literal.count)))
        text += literal
        edgeCount += 1
        return node
    }

    private mutating func addNode() -> Int32 {
        nodes.append(Node())
        return Int32(nodes.count - 1)
    }

    private mutating func growTable() {
        let old = edges
        edges = Array(repeating: Edge(), count: max(16, old.count * 2))
        for edge in old where edge.child >= 0 { place(edge) }
    }

    private mutating func place(_ edge: Edge) {
        var slot = Int(truncatingIfNeeded: edge.hash) & (edges.count - 1)
        while edges[slot].child >= 0 { slot = (slot + 1) & (edges.count - 1) }
        edges[slot] = edge
    }

    // MARK: Looking up

    /// The child of `parent` for the literal that `range` of `bytes` is; nil when there is none. Complexity: O(bytes).
    func child(
        of parent: Int32, _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ comparison: Comparison
    ) -> Int32? {
        guard nodes[Int(parent)].hasLiterals else { return nil }
        let hash = unsafe Self.hash(parent, bytes, range, comparison)
        let mask = edges.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while edges[slot].child >= 0 {
            let edge = edges[slot]
            if edge.hash == hash, edge.parent == parent, unsafe isText(edge, bytes, range, comparison) {
                return edge.child
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// FNV-1a over the bytes as compared, and the parent. What is in the table comes from the program, not from peers,
    /// so nobody can make it slow.
    private static func hash(
        _ parent: Int32, _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ comparison: Comparison
    ) -> UInt64 {
        var hash = 0xCBF2_9CE4_8422_2325 ^ UInt64(UInt32(bitPattern: parent)) &* 0x9E37_79B9_7F4A_7C15
        let segment = unsafe UnsafeRawBufferPointer(rebasing: bytes[range])
        var index = 0
        while index < segment.count {
            hash = (hash ^ UInt64(unsafe next(segment, &index, comparison))) &* 0x100_0000_01B3
        }
        return hash ^ hash &>> 32
    }

    private func isText(
        _ edge: Edge, _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ comparison: Comparison
    ) -> Bool {
        let segment = unsafe UnsafeRawBufferPointer(rebasing: bytes[range])
        var index = 0
        var position = Int(edge.textStart)
        let end = position + Int(edge.textCount)
        while index < segment.count {
            let byte = unsafe Self.next(segment, &index, comparison)
            guard position < end, text[position] == byte else { return false }
            position += 1
        }
        return position == end
    }

    @inline(__always)
    private static func next(
        _ bytes: UnsafeRawBufferPointer, _ index: inout Int, _ comparison: Comparison
    ) -> UInt8 {
        switch comparison {
        case .decoded: return unsafe PercentCoding.next(bytes, &index)
        case .plain, .lowercase:
            defer { index &+= 1 }
            let byte = unsafe bytes[index]
            return comparison == .plain ? byte : ASCII.lowercased(byte)
        }
    }
}
