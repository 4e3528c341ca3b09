import Glibc

/// Bytes that end where memory ends: one read past them is a crash.
public func withBytesBeforeGuardPage<Result>(
    _ bytes: [UInt8], _ body: (UnsafeMutableRawBufferPointer) throws -> Result
) rethrows -> Result {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let size = (bytes.count + page - 1) / page * page
    guard let start = unsafe mmap(nil, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
        unsafe start != MAP_FAILED, unsafe mprotect(start + size, page, PROT_NONE) == 0
    else { fatalError("no memory for the test") }
    defer { unsafe munmap(start, size + page) }
    let buffer = unsafe UnsafeMutableRawBufferPointer(start: start + size - bytes.count, count: bytes.count)
    unsafe buffer.copyBytes(from: bytes)
    return unsafe try body(buffer)
}
