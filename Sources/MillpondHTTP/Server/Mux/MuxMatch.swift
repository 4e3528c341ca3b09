/// Which pattern the current request matched. In the driver; what the wildcards stand for is found in the path when it
/// is asked for, so a match takes no room of its own.
struct MuxMatch {
    /// Kept from request to request, so that setting the same one again costs nothing.
    private var table: MuxTable?
    private var route: Int32 = -1

    var pattern: MuxPattern? {
        guard route >= 0, let table else { return nil }
        return table.patterns[Int(route)]
    }

    mutating func set(_ table: MuxTable, _ route: Int32) {
        if self.table !== table { self.table = table }
        self.route = route
    }

    /// Another request begins.
    mutating func reset() { route = -1 }
}
