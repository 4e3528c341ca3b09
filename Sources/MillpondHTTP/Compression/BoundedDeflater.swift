/// A compressor of a response that takes up one of a bounded number of slots, until it goes.
struct BoundedDeflater: ~Copyable {
    var stream: Deflater
    private let slots: CompressionSlots?

    /// - Parameter slots: nil for one that is done before anybody is waited for.
    /// - Throws: `CompressionError` when none is left, or no memory, with the code `outOfMemory`.
    init(level: CompressionLevel, slots: CompressionSlots?) throws(CompressionError) {
        if let slots, !slots.take() { throw CompressionError(.outOfMemory) }
        do throws(CompressionError) {
            stream = try Deflater(.gzip, level: level)
        } catch {
            slots?.giveBack()
            throw error
        }
        self.slots = slots
    }

    deinit { slots?.giveBack() }
}
