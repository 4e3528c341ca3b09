/// A job of Swift's concurrency runtime and the way it must be run.
struct QueuedJob {
    let job: UnownedJob
    /// The reactor's serial executor asked for it (an actor pinned to the reactor), not the task executor.
    let isPinned: Bool
}
