/// Something that a reactor watches or calls back: a connection, a listening socket, a sleeping task.
///
/// The links of the timer wheel live in the object, so arming a timer allocates nothing. Confined to one reactor; it is
/// public only because ``Channel`` is one, and has no public members.
@safe
public class ReactorResource {
    @safe @exclusivity(unchecked) unowned(unsafe) var nextTimer: ReactorResource?
    @safe @exclusivity(unchecked) unowned(unsafe) var previousTimer: ReactorResource?
    /// When it is due, in ticks of the wheel; meaningless while not armed.
    @safe @exclusivity(unchecked) var dueTick: UInt64 = 0
    /// Level and slot of the wheel where it hangs, or -1 while not armed.
    @safe @exclusivity(unchecked) var timerSlot: Int16 = -1

    init() {}

    var isTimerArmed: Bool { timerSlot >= 0 }

    /// Called on the reactor when the timer has come due; it is no longer armed then.
    func timerFired() {}

    /// Called on the reactor with the selector's event flags for this resource's descriptor.
    func handle(events: UInt32) {}

    /// Called on the reactor when its group is shut down: time to leave.
    func reactorStops() {}
}
