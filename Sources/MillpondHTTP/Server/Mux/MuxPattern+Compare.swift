extension MuxPattern {
    /// How the requests that one pattern matches lie to those that another matches.
    enum Relation {
        /// The same.
        case same
        /// All of the other's, and more.
        case moreGeneral
        /// A part of the other's.
        case moreSpecific
        /// Some in common, some only here, some only there.
        case overlapping
        /// None in common.
        case disjoint

        /// The relation of requests that have two independent parts, each in its relation.
        func and(_ other: Relation) -> Relation {
            switch (self, other) {
            case (.disjoint, _), (_, .disjoint): .disjoint
            case (.same, _): other
            case (_, .same): self
            case (.moreGeneral, .moreGeneral): .moreGeneral
            case (.moreSpecific, .moreSpecific): .moreSpecific
            default: .overlapping
            }
        }
    }

    /// Why no mux can have both patterns; nil when it can: when they have no request in common, or one of them is more
    /// specific and wins. A pattern with a host wins over one without.
    func conflict(with other: MuxPattern) -> String? {
        guard host == other.host else { return nil }
        let methods = relationOfMethods(to: other)
        let paths = relationOfPaths(to: other)
        switch methods.and(paths) {
        case .same:
            return "it matches the same requests as \"\(other.text)\""
        case .overlapping where paths == .overlapping:
            let common = commonPath(with: other)
            return "it and \"\(other.text)\" both match \"\(common)\", and neither path is more specific"
        case .overlapping:
            let (fewer, more) = methods == .moreSpecific ? (self, other) : (other, self)
            return "\"\(fewer.text)\" matches fewer methods than \"\(more.text)\", but the path of the latter is more "
                + "specific, so neither wins for \"\(commonPath(with: other))\""
        default:
            return nil
        }
    }

    /// GET also serves HEAD.
    func relationOfMethods(to other: MuxPattern) -> Relation {
        switch (method, other.method) {
        case let (one, two) where one == two: .same
        case ("", _), ("GET", "HEAD"): .moreGeneral
        case (_, ""), ("HEAD", "GET"): .moreSpecific
        default: .disjoint
        }
    }

    func relationOfPaths(to other: MuxPattern) -> Relation {
        var relation = Relation.same
        for (segment, opposite) in zip(segments, other.segments) {
            relation = relation.and(Self.relation(segment, opposite))
            if relation == .disjoint { return .disjoint }
        }
        if segments.count == other.segments.count { return relation }
        // What is left of the longer one must be in the shorter one's rest.
        if segments.count < other.segments.count {
            return endsInRest ? relation.and(.moreGeneral) : .disjoint
        }
        return other.endsInRest ? relation.and(.moreSpecific) : .disjoint
    }

    private static func relation(_ one: Segment, _ other: Segment) -> Relation {
        switch (one, other) {
        case (.rest, .rest), (.wildcard, .wildcard), (.end, .end): .same
        case (.rest, _): .moreGeneral
        case (_, .rest): .moreSpecific
        case (.wildcard, .literal): .moreGeneral
        case (.literal, .wildcard): .moreSpecific
        case (.literal(let bytes), .literal(let others)): bytes == others ? .same : .disjoint
        // An empty segment is neither a literal nor a wildcard's value.
        default: .disjoint
        }
    }

    /// A path that both match, given that there is one.
    func commonPath(with other: MuxPattern) -> String {
        var path = ""
        for index in 0..<max(segments.count, other.segments.count) {
            let one = index < segments.count ? segments[index] : segments[segments.count - 1]
            let two = index < other.segments.count ? other.segments[index] : other.segments[other.segments.count - 1]
            path += "/" + Self.common(one, two)
        }
        return path
    }

    private static func common(_ one: Segment, _ other: Segment) -> String {
        switch (one, other) {
        case (.literal(let bytes), _), (_, .literal(let bytes)): PercentCoding.encode(segment: bytes)
        case (.end, _), (_, .end): ""
        case (.wildcard(let name), _), (_, .wildcard(let name)): name
        case (.rest(let name), .rest): name
        }
    }
}
