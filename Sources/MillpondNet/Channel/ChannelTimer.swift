/// One deadline for all that happens on a connection: closes it when the time has come. Confined to its reactor.
///
/// Setting it again costs no more than a store as long as the timer is armed for an earlier time. It must be taken down
/// with ``remove()`` before it goes: the reactor does not retain it.
package final class ChannelTimer: ReactorResource {
    private let channel: Channel
    /// Monotonic nanoseconds; 0 for none.
    @safe @exclusivity(unchecked) private var deadline: UInt64 = 0
    @safe @exclusivity(unchecked) private var armed: UInt64 = 0
    /// Whether the time has come.
    @safe @exclusivity(unchecked) package private(set) var hasFired = false

    package init(_ channel: Channel) {
        self.channel = channel
        super.init()
    }

    /// Sets the deadline, a moment of ``Reactor/monotonicNanoseconds``; 0 takes it back.
    package func set(_ moment: UInt64) {
        deadline = moment
        guard moment != 0, !isTimerArmed || armed > moment else { return }
        armed = moment
        channel.reactor.timers.arm(self, at: moment)
    }

    /// Leaves the reactor's wheel.
    package func remove() {
        deadline = 0
        channel.reactor.timers.cancel(self)
    }

    override func timerFired() {
        guard deadline != 0 else { return }
        if deadline > channel.reactor.now { return set(deadline) }
        deadline = 0
        hasFired = true
        channel.end(.readTimedOut, isOwn: true)
    }
}
