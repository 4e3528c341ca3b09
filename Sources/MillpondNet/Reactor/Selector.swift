internal import CMillpond
internal import Glibc
internal import MillpondIO

/// The kernel's event queue: epoll, edge-triggered for connections, and an eventfd that wakes it.
///
/// Used on the reactor's thread only, but for ``wakeDescriptor``, which any thread may signal.
@safe
struct Selector: ~Copyable {
    private static let capacity = 256

    private let epoll: Int32
    let wakeDescriptor: Int32
    private let events: UnsafeMutablePointer<mp_event>

    init() throws(IOError) {
        let epoll = mp_epoll_create()
        guard epoll >= 0 else { throw .system(errno: errno, operation: "epoll_create1") }
        let wakeDescriptor = mp_eventfd()
        guard wakeDescriptor >= 0 else {
            let code = errno
            close(epoll)
            throw .system(errno: code, operation: "eventfd")
        }
        self.epoll = epoll
        self.wakeDescriptor = wakeDescriptor
        unsafe events = .allocate(capacity: Self.capacity)
        unsafe events.initialize(repeating: mp_event(), count: Self.capacity)
        // Edge-triggered, so that nobody has to read it; its token names no resource.
        let token = ChannelID(descriptor: wakeDescriptor, generation: 0).token
        _ = mp_epoll_add(epoll, wakeDescriptor, mp_event_in | mp_event_edge, token)
    }

    deinit {
        close(epoll)
        close(wakeDescriptor)
        unsafe events.deallocate()
    }

    /// Watches a descriptor with the given event flags; false with `errno` set when the kernel refuses.
    func add(_ id: ChannelID, events: UInt32) -> Bool {
        mp_epoll_add(epoll, id.descriptor, events, id.token) == 0
    }

    func change(_ id: ChannelID, events: UInt32) {
        _ = mp_epoll_change(epoll, id.descriptor, events, id.token)
    }

    func remove(_ id: ChannelID) {
        _ = mp_epoll_remove(epoll, id.descriptor)
    }

    /// Waits for events; a time-out of -1 waits without end. An interrupted wait returns none.
    func wait(timeoutMilliseconds: Int32) -> Int {
        max(0, Int(unsafe mp_epoll_wait(epoll, events, Int32(Self.capacity), timeoutMilliseconds)))
    }

    func event(_ index: Int) -> (token: UInt64, flags: UInt32) {
        unsafe (mp_event_token(events + index), mp_event_flags(events + index))
    }
}
