/// The conditions of a request on the state of what it asks for, in the order of RFC 9110, section 13.2.2.
struct Preconditions {
    /// What they come to.
    enum Verdict: Equatable {
        /// Go on; a `Range` field counts only if the flag is set.
        case proceed(rangeApplies: Bool)
        /// 304.
        case notModified
        /// 412.
        case failed
    }

    /// The entity tag, with its quotation marks; a handler's own may be weak.
    let eTag: [UInt8]
    /// Seconds since 1970.
    let modified: Int

    /// Evaluates the fields of a request for an existing representation.
    ///
    /// - Parameters:
    ///   - now: seconds since 1970. A date vouches for a representation only if it was older than a second when it was
    ///     given out, as it could have changed again within it (RFC 9110, section 8.8.2.2).
    func evaluate(_ request: borrowing HTTPRequest, now: Int) -> Verdict {
        let isRead = request.method == .get || request.method == .head
        if let found = anyTag(of: request, .ifMatch, matches: strongly) {
            if !found { return .failed }
        } else if let date = date(of: request, .ifUnmodifiedSince), modified > date {
            return .failed
        }
        if let found = anyTag(of: request, .ifNoneMatch, matches: weakly) {
            if found { return isRead ? .notModified : .failed }
        } else if isRead, let date = date(of: request, .ifModifiedSince), modified <= date {
            return .notModified
        }
        // GET is the one method that ranges are defined for.
        return .proceed(rangeApplies: request.method == .get && rangeApplies(request, now))
    }

    /// Whether `If-Range`, if there is one, names the representation as it is.
    private func rangeApplies(_ request: borrowing HTTPRequest, _ now: Int) -> Bool {
        guard let value = request.field(.ifRange) else { return true }
        if value.byteCount > 0, value.octet(0) == UInt8(ascii: "\"") { return value.equals(eTag) }
        return HTTPDate.seconds(value) == modified && modified < now - 1
    }

    /// A date of which there is one, and which is valid; otherwise the field does not count.
    private func date(of request: borrowing HTTPRequest, _ name: HTTPFieldName) -> Int? {
        guard let value = request.field(name) else { return nil }
        return HTTPDate.seconds(value)
    }

    /// Whether one of the tags in all lines of a field matches; nil without such a field. `*` matches anything.
    private func anyTag(
        of request: borrowing HTTPRequest, _ name: HTTPFieldName, matches: (RawSpan, Range<Int>) -> Bool
    ) -> Bool? {
        var isThere = false
        for index in 0..<request.fieldCount where name.matches(request.fieldName(at: index)) {
            isThere = true
            let value = request.fieldValue(at: index)
            if value.byteCount == 1, value.octet(0) == UInt8(ascii: "*") { return true }
            if !value.forEachListElement({ !matches(value, $0) }) { return true }
        }
        return isThere ? false : nil
    }

    private func strongly(_ list: RawSpan, _ tag: Range<Int>) -> Bool {
        !isWeak && list.extracting(tag).equals(eTag)
    }

    private func weakly(_ list: RawSpan, _ tag: Range<Int>) -> Bool {
        let tag = list.extracting(tag)
        let isWeak = tag.byteCount > 2 && tag.octet(0) == UInt8(ascii: "W") && tag.octet(1) == UInt8(ascii: "/")
        return (isWeak ? tag.extracting(2..<tag.byteCount) : tag).equals(self.isWeak ? Array(eTag.dropFirst(2)) : eTag)
    }

    private var isWeak: Bool { eTag.starts(with: "W/".utf8) }
}
