import ArgumentParser
import Glibc
import Logging
import MillpondHTTP
import MillpondJSON
import MillpondNet
import MillpondServiceLifecycle
import ServiceLifecycle
import UnixSignals

/// A list of things to do, kept in memory, as JSON over HTTP:
///
///     curl -d '{"title": "buy milk"}' -H 'Content-Type: application/json' localhost:8080/todos
///     curl localhost:8080/todos
///     curl -X PATCH -d '{"isDone": true}' -H 'Content-Type: application/json' localhost:8080/todos/1
///     curl -X DELETE localhost:8080/todos/1
///
/// Ends in order at SIGTERM and SIGINT.
@main
struct TodoHTTP: AsyncParsableCommand {
    @Option(help: "The address to listen on; 0.0.0.0 or :: for all.") var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0 takes a free one.") var port: UInt16 = 8080

    func run() async throws {
        guard let address = SocketAddress(host: host, port: port) else {
            throw ValidationError("--host: not a numeric address: \(host)")
        }
        let group = try ReactorGroup()
        let server = HTTPServer(group: group, handler: try Self.routes(TodoList()).handler())
        let service = HTTPServerService(
            server, on: address, group: group,
            onListening: {
                print("listening on http://\($0)")
                // Standard output may be a pipe.
                fflush(nil)
            })
        try await ServiceGroup(
            services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "todo-http")
        ).run()
    }

    static func routes(_ list: TodoList) throws -> ServeMux {
        var mux = ServeMux()
        try mux.handle("GET /todos") { request, response in
            let isDone = try request.queryValue("done").map { $0 == "true" }
            try await response.send(json: list.all(isDone: isDone))
        }
        try mux.handle("POST /todos") { request, response in
            let change = try await request.decode(TodoChange.self, limit: 64 << 10)
            let todo = try list.add(change)
            response.status = .created
            response.set(.location, "/todos/\(todo.id)")
            try await response.send(json: todo)
        }
        try mux.handle("GET /todos/{id}") { request, response in
            try await response.send(json: list.find(request.pathValue("id")))
        }
        try mux.handle("PATCH /todos/{id}") { request, response in
            let change = try await request.decode(TodoChange.self, limit: 64 << 10)
            try await response.send(json: list.update(request.pathValue("id"), change))
        }
        try mux.handle("DELETE /todos/{id}") { request, response in
            try list.remove(request.pathValue("id"))
            response.status = .noContent
        }
        return mux
    }
}
