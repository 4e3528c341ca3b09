/// A pattern of a mux, parsed: `[METHOD ][HOST]/path`.
///
/// A literal segment is compared with the request's after percent-decoding, so `/a%2Fb` is one segment.
struct MuxPattern: Sendable, Equatable {
    enum Segment: Sendable, Equatable {
        /// Just these bytes.
        case literal([UInt8])
        /// `{name}`: one segment that is not empty.
        case wildcard(String)
        /// `{$}`: nothing behind the last slash.
        case end
        /// `{name...}`, or a slash at the end, whose name is empty: all that is left.
        case rest(String)
    }

    /// A named wildcard and the segment, counted from 0, that it stands for.
    struct Capture: Sendable, Equatable {
        let name: String
        let segment: Int
        let isRest: Bool
    }

    /// As it was written.
    let text: String
    /// The method; empty for any.
    let method: String
    /// The host in lower case, without a port; empty for any.
    let host: String
    /// At least one. `end` and `rest` come last only.
    let segments: [Segment]
    /// The named wildcards, in their order.
    let captures: [Capture]

    var endsInRest: Bool {
        if case .rest = segments.last { true } else { false }
    }

    /// The path's bytes, as they were written.
    var pathText: Substring {
        text.firstIndex(of: "/").map { text[$0...] } ?? ""
    }
}
