internal import Glibc

extension BlockPool {
    /// What a pool may use and keep.
    public struct Options: Sendable {
        /// What happens when a block would exceed the budget.
        public enum Limit: Sendable, Equatable {
            /// `takeOrWait` fails like `take`.
            case fail
            /// `takeOrWait` waits its turn, at most so long.
            case wait(timeout: Duration)
        }

        /// Bytes of capacity that may be out or kept idle at a time. Headers (64 bytes a block) come on top.
        public var budget: Int
        /// What `takeOrWait` does at the limit.
        public var atLimit: Limit
        /// Blocks of one size a thread may keep.
        public var magazineDepth: Int
        /// Bytes of one size a thread may keep; at least two blocks.
        public var magazineBytes: Int
        /// Bytes the depot may keep idle.
        public var retainedBytes: Int
        /// How often what stays idle is trimmed by itself; nil for never. Nothing happens while the pool is empty.
        public var trimInterval: Duration?
        /// Whether to ask for huge pages for sizes that fill more than one slab.
        public var hugePages: Bool

        /// Options with defaults that suit a server.
        public init(
            budget: Int = Options.halfOfMemory, atLimit: Limit = .fail, magazineDepth: Int = 128,
            magazineBytes: Int = 4 << 20, retainedBytes: Int = 64 << 20, trimInterval: Duration? = .seconds(30),
            hugePages: Bool = false
        ) {
            self.budget = budget
            self.atLimit = atLimit
            self.magazineDepth = magazineDepth
            self.magazineBytes = magazineBytes
            self.retainedBytes = retainedBytes
            self.trimInterval = trimInterval
            self.hugePages = hugePages
        }

        /// Half of the machine's memory, in bytes.
        public static var halfOfMemory: Int {
            max(64 << 20, sysconf(Int32(_SC_PHYS_PAGES)) / 2 * sysconf(Int32(_SC_PAGESIZE)))
        }
    }
}
