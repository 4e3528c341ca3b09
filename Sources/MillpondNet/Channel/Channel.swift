internal import CMillpond
internal import Glibc
internal import MillpondIO

/// One connection: a stream socket on a reactor.
///
/// Writing puts bytes into the *outbox*; all that was queued in a turn of the reactor leaves in one system call at the
/// turn's end. Reading goes through a `BufferedReader<SocketSource>`. A ``ConnectionDriver`` says what happens with it;
/// a connection without one is used by the task that opened it.
///
/// Confined to its reactor: use it on ``reactor``'s thread only. ``reference`` is what other threads may hold.
@safe
public final class Channel: ReactorResource {
    struct State: OptionSet {
        let rawValue: UInt32
        /// A read may find something: an event said so and no read has come back short since.
        static let readable = State(rawValue: 1 << 0)
        static let writable = State(rawValue: 1 << 1)
        /// The peer has shut down its side, or the connection broke.
        static let peerClosed = State(rawValue: 1 << 2)
        static let connecting = State(rawValue: 1 << 3)
        static let closed = State(rawValue: 1 << 4)
        static let dirty = State(rawValue: 1 << 5)
        static let ready = State(rawValue: 1 << 6)
        static let running = State(rawValue: 1 << 7)
        static let closeAfterFlush = State(rawValue: 1 << 8)
        static let lingering = State(rawValue: 1 << 9)
        static let explicitReadDeadline = State(rawValue: 1 << 10)
        static let deadlinePassed = State(rawValue: 1 << 11)
        static let readCancelled = State(rawValue: 1 << 12)
        static let writeCancelled = State(rawValue: 1 << 13)
        static let writeShutdown = State(rawValue: 1 << 14)
        static let readTimedOut = State(rawValue: 1 << 15)
        /// In the reactor's line of connections to bury.
        static let dying = State(rawValue: 1 << 16)
        /// The driver wants to know when the turn ends.
        static let callsDriver = State(rawValue: 1 << 17)
        /// A send that fails ends only this side's half: what the peer has sent can still be read.
        static let readsAfterReset = State(rawValue: 1 << 18)
        /// That has happened.
        static let sendingFailed = State(rawValue: 1 << 19)
        /// Its server ends in order: a driver that takes over is to finish.
        static let draining = State(rawValue: 1 << 20)
        /// A driver that was at work when it was told so is told again once it parks.
        static let owesDrain = State(rawValue: 1 << 22)
        /// What was sent is not whole: an end now is to be a reset.
        static let incomplete = State(rawValue: 1 << 23)
        /// It has left the reactor, and its descriptor's number may be another's.
        static let buried = State(rawValue: 1 << 21)
    }

    /// The reactor it lives on.
    public let reactor: Reactor
    /// Its name on the reactor.
    public internal(set) var id: ChannelID
    /// What runs it; nil when a task of its own does, and once it is closed.
    @safe @exclusivity(unchecked) public internal(set) var driver: ConnectionDriver?
    /// Why it ended; nil while it is open.
    @safe @exclusivity(unchecked) public internal(set) var closeReason: CloseReason?

    @safe @exclusivity(unchecked) var state: State = []
    @safe @exclusivity(unchecked) var outbox: ByteChain
    @safe @exclusivity(unchecked) let limits: ChannelLimits
    @safe @exclusivity(unchecked) var readWaiter: UnsafeContinuation<Void, Never>?
    @safe @exclusivity(unchecked) var writeWaiter: UnsafeContinuation<Void, Never>?
    /// Which wait it is, for a cancellation that comes by mail.
    @safe @exclusivity(unchecked) var readWaitNumber: UInt16 = 0
    @safe @exclusivity(unchecked) var writeWaitNumber: UInt16 = 0
    /// The task waiting in `writeWaiter` goes on when no more bytes than this are queued.
    @safe @exclusivity(unchecked) var writeWaiterTarget = 0
    /// Monotonic nanoseconds; 0 for none.
    @safe @exclusivity(unchecked) var readDeadline: UInt64 = 0
    @safe @exclusivity(unchecked) var writeDeadline: UInt64 = 0
    @safe @exclusivity(unchecked) var runDeadline: UInt64 = 0
    @safe @exclusivity(unchecked) var armedDeadline: UInt64 = 0
    @safe @exclusivity(unchecked) var readTimeoutNanoseconds: UInt64
    /// The runner that is in the driver's `run()`.
    @safe @exclusivity(unchecked) unowned(unsafe) var runner: Runner?
    /// The server that accepted it, which counts its connections.
    @safe @exclusivity(unchecked) var server: TCPServer?
    /// What that server counts it under, where it counts by address.
    @safe @exclusivity(unchecked) var addressCount: AddressCount?

    init(reactor: Reactor, descriptor: Int32, limits: ChannelLimits) {
        self.reactor = reactor
        self.limits = limits
        id = ChannelID(descriptor: descriptor, generation: 0)
        outbox = ByteChain()
        readTimeoutNanoseconds = limits.readTimeout
    }

    /// Whether it can still be used.
    public var isOpen: Bool { !state.contains(.closed) }
    /// Whether the peer has said that it will send no more.
    public var isPeerClosed: Bool { state.contains(.peerClosed) }
    /// Whether its driver waits for the peer, be it for the connection, and nothing has come that it is to be run for.
    public var isParked: Bool { driver != nil && state.isDisjoint(with: [.ready, .running, .closed]) }
    /// Whether ``ConnectionDriver/run()`` was called because a deadline passed.
    public var deadlinePassed: Bool { state.contains(.deadlinePassed) }
    /// Bytes queued that the kernel has not taken yet.
    public var queuedByteCount: Int { outbox.count }
    /// A handle that may be kept anywhere, used from any thread, and outlives the connection.
    public var reference: ChannelReference { ChannelReference(reactor: reactor, id: id) }

    /// The peer's address; nil when the kernel no longer knows it.
    public var remoteAddress: SocketAddress? {
        state.contains(.buried) ? nil : SocketAddress.peer(of: id.descriptor)
    }
    /// This side's address; nil once the connection is over.
    public var localAddress: SocketAddress? {
        state.contains(.buried) ? nil : SocketAddress.local(of: id.descriptor)
    }

    /// Enters the reactor's table and has the kernel watch the socket. The reactor's thread only.
    func register() throws(IOError) {
        id = reactor.table.insert(self, descriptor: id.descriptor, isChannel: true)
        let interest = mp_event_in | mp_event_out | mp_event_peer_closed | mp_event_edge
        guard reactor.selector.add(id, events: interest) else {
            let code = errno
            unsafe reactor.table.remove(id)?.release()
            throw .system(errno: code, operation: "epoll_ctl")
        }
        reactor.counters.add(channels: 1)
    }

    // MARK: Events

    override func handle(events: UInt32) {
        if state.contains(.closed) { return }
        let wasPeerClosed = state.contains(.peerClosed)
        let isBroken = events & (mp_event_hangup | mp_event_error) != 0
        if isBroken || events & mp_event_peer_closed != 0 { state.insert(.peerClosed) }
        if events & (mp_event_out | mp_event_hangup | mp_event_error) != 0, !state.contains(.writable) {
            state.insert(.writable)
            if state.contains(.connecting) {
                connectingEnded()
            } else if !outbox.isEmpty {
                markDirty()
            } else {
                // A task that waits to hand the kernel bytes of a file or of another socket.
                resumeWriteWaiter()
            }
        }
        if events & ~mp_event_out != 0 {
            state.insert(.readable)
            inputArrived()
        }
        if state.isSuperset(of: [.peerClosed, .running]), isBroken || !wasPeerClosed {
            driver?.peerClosed(isBroken: isBroken)
        }
    }

    override func timerFired() {
        deadlinePassed(now: reactor.now)
    }

    override func reactorStops() {
        end(.shutdown)
    }

    private func inputArrived() {
        if state.contains(.lingering) {
            discardInput()
        } else if unsafe readWaiter != nil {
            resumeReadWaiter()
        } else {
            makeReady()
        }
    }

    /// Puts a parked connection in line for a runner.
    func makeReady() {
        let busy: State = [.connecting, .ready, .running, .closeAfterFlush, .lingering, .closed]
        guard driver != nil, state.isDisjoint(with: busy) else { return }
        state.insert(.ready)
        unsafe reactor.ready.append(Unmanaged.passUnretained(self))
    }

    func resumeReadWaiter() {
        if let waiter = readWaiter {
            readWaiter = nil
            unsafe waiter.resume()
        }
    }

    func resumeWriteWaiter() {
        if let waiter = writeWaiter {
            writeWaiter = nil
            unsafe waiter.resume()
        }
    }

    /// The task that waits was cancelled. It may wait no more, and another may in its place.
    func cancelWait(_ kind: WaitKind, number: UInt16) {
        switch kind {
        case .read where unsafe readWaiter != nil && readWaitNumber == number:
            state.insert(.readCancelled)
            resumeReadWaiter()
        case .write where unsafe writeWaiter != nil && writeWaitNumber == number:
            state.insert(.writeCancelled)
            resumeWriteWaiter()
        default: break
        }
    }
}
