/// The ends of a list whose links are in the records.
@usableFromInline
struct PoolList {
    @usableFromInline var first: Int32 = -1
    @usableFromInline var last: Int32 = -1

    @inlinable
    init() {}
}
