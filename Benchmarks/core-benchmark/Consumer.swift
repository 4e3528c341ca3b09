/// Where every payload ends up, in all contestants: folds the length and both ends of it into one value.
///
/// While warming up it folds every byte, so that the value also proves that all saw the same payloads.
struct Consumer {
    var check: UInt64 = 0
    var foldsAll = true

    @inline(__always)
    mutating func take(_ bytes: RawSpan) {
        if foldsAll { foldAll(bytes) }
        let first = unsafe bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self)
        let last = unsafe bytes.unsafeLoad(fromByteOffset: bytes.byteCount &- 1, as: UInt8.self)
        fold(UInt64(bytes.byteCount) &<< 16 | UInt64(first) &<< 8 | UInt64(last))
    }

    @inline(__always)
    mutating func fold(_ value: UInt64) {
        check = (check &<< 7 | check &>> 57) ^ value
    }

    @inline(never)
    private mutating func foldAll(_ bytes: RawSpan) {
        for offset in 0..<bytes.byteCount {
            let byte = unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
            check = (check ^ UInt64(byte)) &* 0x100_0000_01B3
        }
    }
}
