/// The numbers of keys. Finding the key that was last asked for costs a comparison, another one a hash.
@usableFromInline
struct KeyTable<Key: Hashable & Sendable> {
    @usableFromInline var numbers: [Key: Int32] = [:]
    /// By number; nil where there is none.
    @usableFromInline var keys: [Key?] = []
    @usableFromInline var last = 0

    @usableFromInline
    init() {}

    @inlinable
    mutating func number(of key: Key) -> Int32? {
        if last < keys.count, keys[last] == key { return Int32(truncatingIfNeeded: last) }
        guard let number = numbers[key] else { return nil }
        last = Int(number)
        return number
    }

    mutating func set(_ number: Int32, for key: Key) {
        while keys.count <= Int(number) { keys.append(nil) }
        keys[Int(number)] = key
        numbers[key] = number
        last = Int(number)
    }

    mutating func remove(_ number: Int32) {
        if let key = keys[Int(number)].take() { numbers[key] = nil }
    }
}
