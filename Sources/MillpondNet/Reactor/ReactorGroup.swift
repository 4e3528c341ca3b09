internal import CMillpond
public import MillpondIO
internal import MillpondPools
internal import Synchronization

/// The reactors of a program: by default one for each core.
///
/// The threads run until ``shutdown()``. Thread-safe.
public final class ReactorGroup: Sendable {
    /// The reactors, by index.
    public let reactors: [Reactor]
    private let next = Atomic<Int>(0)
    private let isShutDown = Atomic(false)

    /// Starts the threads.
    ///
    /// - Parameter count: how many; nil for one per core that the process may use.
    /// - Throws: `IOError.system` when the kernel refuses a descriptor or a thread.
    public init(count: Int? = nil) throws(IOError) {
        let number = max(1, count ?? Self.availableCores)
        var made: [Reactor] = []
        for index in 0..<number { made.append(try Reactor(index: index)) }
        reactors = made
        for (started, reactor) in made.enumerated() {
            let code = PlatformThread.start("reactor-\(reactor.index)") { reactor.runLoop() }
            if code != 0 {
                for running in made[..<started] { running.stop {} }
                throw .system(errno: code, operation: "pthread_create")
            }
        }
    }

    deinit {
        if !isShutDown.load(ordering: .relaxed) {
            for reactor in reactors {
                reactor.endResources()
                reactor.stop {}
            }
        }
    }

    /// Cores that this process may run on.
    public static var availableCores: Int { Int(mp_available_cores()) }

    /// A reactor for new work, in rotation.
    public func nextReactor() -> Reactor {
        let turn = next.wrappingAdd(1, ordering: .relaxed).oldValue
        return reactors[Int(UInt(bitPattern: turn) % UInt(reactors.count))]
    }

    /// Ends the threads once their remaining jobs are done; tasks that sleep on them get a `CancellationError`. Servers
    /// and connections are to be closed before (see ``TCPServer/drain(within:)``); what is left is closed. Not to be
    /// called on a reactor of the group.
    public func shutdown() async {
        guard !isShutDown.exchange(true, ordering: .relaxed) else { return }
        for reactor in reactors { reactor.endResources() }
        for reactor in reactors {
            unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                reactor.stop { unsafe continuation.resume() }
            }
        }
    }
}
