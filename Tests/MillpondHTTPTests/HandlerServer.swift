import Foundation
import MillpondHTTP
import MillpondNet
import TestSupport

/// An answer, taken apart by code that shares nothing with the server's.
struct PlainAnswer {
    let status: Int
    let fields: [(name: String, value: String)]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    subscript(name: String) -> String? { fields.first { $0.name.lowercased() == name.lowercased() }?.value }

    /// The first value of a field.
    func value(_ name: String) -> String? { self[name] }

    func values(_ name: String) -> [String] { fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value) }
}

struct NotAnAnswer: Error {
    let reason: String
}

/// A server on a port of its own, for requests that are written out.
final class HandlerServer {
    let group: ReactorGroup
    let server: HTTPServer
    let port: UInt16

    init(options: HTTPServerOptions = .init(), _ handler: @escaping HTTPServer.Handler) throws {
        group = try ReactorGroup(count: 1)
        server = HTTPServer(group: group, options: options, handler: handler)
        port = try server.start(on: SocketAddress(host: "127.0.0.1", port: 0)!).port ?? 0
    }

    func stop() async {
        await server.drain(within: .seconds(1))
        await group.shutdown()
    }

    /// One request on a connection of its own, and all that comes back until the server closes.
    func ask(
        _ target: String, method: String = "GET", _ fields: [String] = [], body: String = ""
    ) throws -> PlainAnswer {
        let socket = try PlainSocket(port: port)
        let lines = ["\(method) \(target) HTTP/1.1", "Host: a", "Connection: close"] + fields
        socket.send((lines + ["", ""]).joined(separator: "\r\n") + body)
        return try Self.parse(socket.receiveAll())
    }

    static func parse(_ bytes: [UInt8]) throws -> PlainAnswer {
        guard let end = bytes.firstRange(of: [0x0D, 0x0A, 0x0D, 0x0A]) else {
            throw NotAnAnswer(reason: "not an answer: \(String(decoding: bytes, as: UTF8.self))")
        }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        guard let status = Int(lines[0].split(separator: " ").dropFirst().first ?? "") else {
            throw NotAnAnswer(reason: "not a status line: \(lines[0])")
        }
        let fields = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (name: String(parts[0]), value: parts[1].trimmingCharacters(in: .whitespaces))
        }
        return PlainAnswer(status: status, fields: fields, body: Array(bytes[end.upperBound...]))
    }
}

/// Runs a test against a server with this handler.
func withHandler(
    _ handler: @escaping HTTPServer.Handler, _ body: (HandlerServer) async throws -> Void
) async throws {
    let server = try HandlerServer(handler)
    do {
        try await body(server)
    } catch {
        await server.stop()
        throw error
    }
    await server.stop()
}
