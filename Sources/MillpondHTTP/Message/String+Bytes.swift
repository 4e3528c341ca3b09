extension String {
    /// A copy of the bytes; what is not UTF-8 is replaced.
    package init(bytes: RawSpan) {
        self = unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
