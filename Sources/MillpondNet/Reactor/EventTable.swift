/// Finds what a descriptor stands for, by its number: the kernel hands out the lowest free one, so the table is dense.
///
/// The table retains what it holds. A descriptor's generation grows each time it is registered, so that an event or a
/// message for its predecessor is recognised.
@safe
struct EventTable: ~Copyable {
    @safe
    private struct Entry {
        var resource: Unmanaged<ReactorResource>?
        var generation: UInt32
        var isChannel: Bool
    }

    private var entries: UnsafeMutableBufferPointer<Entry>
    private(set) var channelCount = 0

    init() {
        unsafe entries = .allocate(capacity: 64)
        unsafe entries.initialize(repeating: Entry(resource: nil, generation: 0, isChannel: false))
    }

    deinit {
        for index in unsafe 0..<entries.count { unsafe entries[index].resource?.release() }
        unsafe entries.deallocate()
    }

    mutating func insert(_ resource: ReactorResource, descriptor: Int32, isChannel: Bool) -> ChannelID {
        let index = Int(descriptor)
        if unsafe index >= entries.count { grow(toHold: index) }
        let generation = unsafe entries[index].generation &+ 1
        unsafe entries[index] = Entry(
            resource: Unmanaged.passRetained(resource), generation: generation, isChannel: isChannel)
        if isChannel { channelCount += 1 }
        return ChannelID(descriptor: descriptor, generation: generation)
    }

    /// Forgets a resource and hands back the reference that the table held; nil if it was gone already.
    mutating func remove(_ id: ChannelID) -> Unmanaged<ReactorResource>? {
        let index = Int(id.descriptor)
        guard unsafe index < entries.count, unsafe entries[index].generation == id.generation else { return nil }
        guard let resource = unsafe entries[index].resource else { return nil }
        unsafe entries[index].resource = nil
        if unsafe entries[index].isChannel { channelCount -= 1 }
        return unsafe resource
    }

    /// O(1); nil for a connection that is gone.
    func resource(_ id: ChannelID) -> ReactorResource? {
        let index = Int(id.descriptor)
        guard unsafe index < entries.count, unsafe entries[index].generation == id.generation else { return nil }
        return unsafe entries[index].resource?.takeUnretainedValue()
    }

    func channel(_ id: ChannelID) -> Channel? {
        guard let resource = resource(id), unsafe entries[Int(id.descriptor)].isChannel else { return nil }
        // Sound: the flag says that a channel was inserted here.
        return unsafe unsafeDowncast(resource, to: Channel.self)
    }

    /// Every connection there is; O(highest descriptor). For shutting down and statistics.
    func channels() -> [Channel] {
        var found: [Channel] = []
        for index in unsafe 0..<entries.count where unsafe entries[index].isChannel {
            guard let resource = unsafe entries[index].resource?.takeUnretainedValue() else { continue }
            found.append(unsafe unsafeDowncast(resource, to: Channel.self))
        }
        return found
    }

    /// All that is in the table, connections and listening sockets; O(highest descriptor).
    func resources() -> [ReactorResource] {
        unsafe entries.compactMap { unsafe $0.resource?.takeUnretainedValue() }
    }

    private mutating func grow(toHold index: Int) {
        let larger = unsafe UnsafeMutableBufferPointer<Entry>.allocate(capacity: max(index + 1, entries.count * 2))
        unsafe larger.initialize(repeating: Entry(resource: nil, generation: 0, isChannel: false))
        for old in unsafe 0..<entries.count { unsafe larger[old] = entries[old] }
        unsafe entries.deallocate()
        unsafe entries = larger
    }
}
