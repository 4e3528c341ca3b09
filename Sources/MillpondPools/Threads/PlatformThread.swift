internal import CMillpond
internal import Glibc

/// Starts threads of the system's.
package enum PlatformThread {
    private final class Start {
        let name: String
        let body: () -> Void

        init(_ name: String, _ body: @escaping () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Runs `body` on a thread of its own, which nobody joins.
    ///
    /// - Parameters:
    ///   - name: what debuggers and `top -H` show of it, as far as 15 bytes go.
    ///   - stackSize: in bytes; raised to what the system needs. Nil for the system's default (usually 8 MiB).
    /// - Returns: 0, or the error number of `pthread_create`.
    package static func start(
        _ name: String, stackSize: Int? = nil, _ body: sending @escaping () -> Void
    ) -> Int32 {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        if let stackSize {
            let page = max(sysconf(Int32(_SC_PAGESIZE)), 4096)
            let least = max(stackSize, sysconf(Int32(_SC_THREAD_STACK_MIN)), 65_536)
            // What cannot be rounded up cannot be had either.
            let (size, isTooLarge) = least.addingReportingOverflow(page - 1)
            let error = isTooLarge ? EAGAIN : unsafe pthread_attr_setstacksize(&attributes, size / page * page)
            if error != 0 { return error }
        }
        let start = unsafe Unmanaged.passRetained(Start(name, body))
        var thread = pthread_t()
        let error = unsafe pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                // A longer name would be refused as a whole.
                unsafe millpond_name_thread(String(decoding: start.name.utf8.prefix(15), as: UTF8.self))
                start.body()
                return nil
            }, start.toOpaque())
        if error != 0 { unsafe start.release() }
        return error
    }
}
