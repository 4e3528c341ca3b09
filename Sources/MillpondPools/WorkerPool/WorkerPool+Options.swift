internal import Glibc

extension WorkerPool {
    /// How many workers a pool may have, how much may wait for them, and what happens then.
    public struct Options: Sendable {
        /// What happens to a job for which the queue has no room.
        public enum Limit: Sendable, Equatable {
            /// It is refused: `queueFull`.
            case fail
            /// `run`, `submitOrWait` and groups wait their turn, at most so long (`timedOut`). `submit`, which never
            /// waits, refuses it.
            case wait(timeout: Duration)
            /// It takes the place of the job that has waited longest, which is dropped.
            case dropOldest
            /// It is dropped itself.
            case dropNewest
            /// The thread that submits runs it, and gets no further meanwhile. Not for reactors.
            case runInCaller
        }

        /// What debuggers and `top -H` show of the threads, as far as 15 bytes go.
        public var name: String
        /// Workers that stay although idle, once there are that many. At least 0.
        public var minimumWorkers: Int
        /// Workers at most. At least 1.
        public var maximumWorkers: Int
        /// Jobs that may wait. At least 1.
        public var queueLimit: Int
        /// What happens to more than that.
        public var atLimit: Limit
        /// How long a worker above the minimum waits for work before its thread ends.
        public var idleTime: Duration
        /// Bytes of stack of each thread, rounded up to what the system needs; nil for the system's default.
        public var stackSize: Int?
        /// Called with what a job submitted without a waiter threw, on the worker. It must not block.
        public var onFailure: (@Sendable (any Error) -> Void)?

        /// Options with defaults that suit work which needs the processor.
        public init(
            name: String = "worker", minimumWorkers: Int = 0, maximumWorkers: Int = Options.cores,
            queueLimit: Int = 4096, atLimit: Limit = .fail, idleTime: Duration = .seconds(10),
            stackSize: Int? = 512 << 10, onFailure: (@Sendable (any Error) -> Void)? = nil
        ) {
            self.name = name
            self.minimumWorkers = minimumWorkers
            self.maximumWorkers = maximumWorkers
            self.queueLimit = queueLimit
            self.atLimit = atLimit
            self.idleTime = idleTime
            self.stackSize = stackSize
            self.onFailure = onFailure
        }

        /// Processors that are in use on this machine, at least 1.
        public static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
    }
}
