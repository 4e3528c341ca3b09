import Foundation
import TestSupport
import Testing

/// More connections than the process has descriptors for.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ExhaustionTests {
    static let limit = 100
    static let count = 1000

    @Test(.enabled(if: Descriptors.raiseLimit() >= count + 500))
    func goesOnWithoutDescriptors() throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(
            data: folder.path + "/data", arguments: ["--reactors", "2"], descriptors: Self.limit)
        #expect(server.announcement.contains("\(Self.limit) descriptors"))
        // What it needs by itself, all that it opens on demand included.
        var first = try [PlainSocket(port: server.webPort)]
        for path in ["/metrics", "/healthz"] { #expect(try first[0].get(path).status == 200) }
        let before = try server.descriptorCount() - first.count
        first = []

        var clients = try (0..<Self.count).map { _ in try PlainSocket(port: server.webPort) }
        for client in clients { client.request("/healthz") }
        #expect(try polls(within: 20) { try server.descriptorCount() >= Self.limit - 1 })

        // Out of descriptors, with hundreds at the door: it waits, and does not spin.
        let start = (time: Date(), used: try server.processorTime())
        Thread.sleep(forTimeInterval: 1)
        let used = try server.processorTime() - start.used
        #expect(used < 0.5 * Date().timeIntervalSince(start.time), "\(used) s of processor time in a second")
        #expect(try server.descriptorCount() >= Self.limit - 5)

        // Those that got in are answered, and again.
        var served = try clients.filter { try $0.answerNow()?.status == 200 }
        #expect(served.count >= Self.limit - before - 5)
        for client in served { #expect(try client.get("/healthz").status == 200) }
        // Others were turned away, and many wait.
        clients.removeAll { client in client.isEnded || served.contains { $0 === client } }
        #expect(clients.count > served.count)

        // As many as leave are let in.
        let leaving = served.count / 2
        served.removeFirst(leaving)
        var admitted = 0
        #expect(
            try polls(within: 20) {
                admitted += try clients.count { try $0.answerNow()?.status == 200 }
                return admitted >= leaving
            }, "\(admitted) of \(leaving)")
        for client in served { #expect(try client.get("/healthz").status == 200) }

        // All gone: it is as before, and says what happened.
        clients = []
        served = []
        #expect(try polls(within: 20) { try server.descriptorCount() <= before })
        let metrics = try PlainSocket(port: server.webPort).get("/metrics").body
        let refused = metrics.split(separator: "\n").first { $0.hasPrefix("millpond_http_connections_refused_total ") }
        #expect(Int(refused?.split(separator: " ").last ?? "") ?? 0 > 0, "\(refused ?? "no figure")")
        #expect(server.stop() == 0)
    }
}
