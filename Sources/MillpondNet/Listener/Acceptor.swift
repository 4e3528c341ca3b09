internal import CMillpond
internal import Glibc

/// A server's listening socket on one reactor.
///
/// When the process is out of descriptors (`EMFILE`), the spare one is given up to accept and close the connection at
/// the head of the queue: its peer learns at once, and the reactor does not spin on an event that it cannot serve.
// Sound: every field is used on its reactor's thread only; it is Sendable because the server's start hands it over.
final class Acceptor: ReactorResource, @unchecked Sendable {
    private static let pause: UInt64 = 50_000_000

    let reactor: Reactor
    private let server: TCPServer
    private let descriptor: Int32
    @safe @exclusivity(unchecked) private var id: ChannelID
    @safe @exclusivity(unchecked) private var spare: Int32
    @safe @exclusivity(unchecked) private var isRunning = false

    init(server: TCPServer, reactor: Reactor, descriptor: Int32) {
        self.server = server
        self.reactor = reactor
        self.descriptor = descriptor
        id = ChannelID(descriptor: descriptor, generation: 0)
        spare = mp_open_spare_descriptor()
    }

    func start() {
        id = reactor.table.insert(self, descriptor: descriptor, isChannel: false)
        isRunning = true
        watch()
    }

    func stop() {
        guard isRunning else { return }
        isRunning = false
        reactor.timers.cancel(self)
        discard()
        unsafe reactor.table.remove(id)?.release()
    }

    /// Closes the sockets of one that is not running.
    func discard() {
        close(descriptor)
        if spare >= 0 { close(spare) }
    }

    /// Level-triggered: what one turn does not accept, the next does. Exclusive: of the reactors that share a Unix
    /// socket only one is woken. The kernel may be out of memory for it, and is asked again then.
    private func watch() {
        if !reactor.selector.add(id, events: mp_event_in | mp_event_exclusive) {
            reactor.timers.arm(self, at: reactor.now &+ Self.pause)
        }
    }

    override func handle(events: UInt32) {
        acceptSome()
    }

    /// Also the server's: it and its acceptors hold each other until then.
    override func reactorStops() {
        server.stopAccepting()
    }

    override func timerFired() {
        // After a pause: watch again.
        if isRunning { watch() }
    }

    private func acceptSome() {
        guard isRunning else { return }
        for _ in 0..<server.options.acceptsPerTurn where isRunning {
            guard server.reserveConnection() else { return rest() }
            let accepted = mp_accept(descriptor)
            if accepted >= 0 {
                open(accepted)
                continue
            }
            server.connectionClosed()
            switch errno {
            case EINTR, ECONNABORTED, EPROTO, EPERM, ENETDOWN, EHOSTDOWN, ENONET, EHOSTUNREACH, ENETUNREACH:
                // That connection failed, not the socket (accept(2), "Error handling").
                continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                refuseOne()
                return rest()
            default:
                return
            }
        }
    }

    private func open(_ accepted: Int32) {
        var addressCount: AddressCount?
        switch server.admit(accepted) {
        case .uncounted: break
        case .counted(let count): addressCount = count
        case .refused:
            // Counted before the peer can see that it was closed.
            server.connectionClosed()
            server.connectionCrowdedOut()
            close(accepted)
            return
        }
        if let size = server.limits.socketBufferSize {
            _ = mp_set_option(accepted, SOL_SOCKET, SO_SNDBUF, Int32(clamping: size))
            _ = mp_set_option(accepted, SOL_SOCKET, SO_RCVBUF, Int32(clamping: size))
        }
        let channel = Channel(reactor: reactor, descriptor: accepted, limits: server.limits)
        channel.state.insert(.writable)
        do {
            try channel.register()
        } catch {
            close(accepted)
            if let addressCount { server.leave(addressCount) }
            server.connectionClosed()
            server.connectionRefused()
            return
        }
        channel.server = server
        channel.addressCount = addressCount
        server.connectionOpened()
        channel.attach(server.makeDriver(channel))
    }

    private func refuseOne() {
        if spare >= 0 { close(spare) }
        let accepted = mp_accept(descriptor)
        if accepted >= 0 {
            close(accepted)
            server.connectionRefused()
        }
        spare = mp_open_spare_descriptor()
    }

    /// Stops watching for a moment: at the limit, or out of descriptors, only time helps.
    private func rest() {
        reactor.selector.remove(id)
        reactor.timers.arm(self, at: reactor.now &+ Self.pause)
    }
}
