/// What is to be done once the lock is released: the actions of the state machine, with names for its numbers.
@safe
struct PoolEffects {
    @safe
    enum Effect {
        case resume(PoolWait.Continuation, UInt)
        case fail(PoolWait.Continuation, any Error)
        case dial(PoolID, partition: Int32)
        case cancel(Task<Void, Never>)
        case close(NodeTransfer)
    }

    // One alone takes no memory.
    private var first: Effect?
    private var rest: [Effect] = []

    /// The alarm to be set.
    var alarm: PoolAlarm.Request?

    init() {
        first = nil
        alarm = nil
    }

    mutating func append(_ effect: Effect) {
        if first == nil { first = effect } else { rest.append(effect) }
    }

    func forEach(_ body: (Effect) -> Void) {
        guard let first else { return }
        body(first)
        for effect in rest { body(effect) }
    }
}
