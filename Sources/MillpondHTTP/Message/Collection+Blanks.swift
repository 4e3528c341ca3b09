extension BidirectionalCollection<UInt8> where SubSequence == Self {
    /// The bytes without blanks at their ends.
    func trimmingBlanks() -> Self {
        var rest = self
        while let first = rest.first, ASCII.isBlank(first) { rest.removeFirst() }
        while let last = rest.last, ASCII.isBlank(last) { rest.removeLast() }
        return rest
    }
}
