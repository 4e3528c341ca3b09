import HTTPTypes
import Logging
import MillpondHTTP
import MillpondHTTPTypes
import MillpondJSON
import MillpondNet
import MillpondServiceLifecycle
import ServiceLifecycle
import UnixSignals

/// `http-adapters.md`: JSON.
enum JSONSample {
    struct Item: Codable { var name: String }

    static func run(_ mux: inout ServeMux) throws {
        try mux.handle("POST /items") { request, response in
            let item = try await request.decode(Item.self, limit: 64 << 10)
            try await response.send(json: item)
        }
    }
}

/// `MillpondJSON.md`: JSON, with a status.
enum CreatedSample {
    typealias Item = JSONSample.Item

    static func run(_ mux: inout ServeMux) throws {
        try mux.handle("POST /items") { request, response in
            let item = try await request.decode(Item.self, limit: 64 << 10)
            response.status = .created
            try await response.send(json: item)
        }
    }
}

/// `MillpondHTTPTypes.md`: heads of swift-http-types.
enum HeadSample {
    static func run(_ group: ReactorGroup) {
        let server = HTTPServer(group: group) { request, response in
            let head = try HTTPTypes.HTTPRequest(converting: request)
            let answer = HTTPTypes.HTTPResponse(status: .ok, headerFields: [.contentType: "text/plain"])
            try await response.send(answer, (head.path ?? "/").utf8.span.bytes)
        }
        _ = server
    }
}

/// `MillpondServiceLifecycle.md`: a server as a service.
enum ServiceSample {
    static func run(_ mux: consuming ServeMux, address: SocketAddress, logger: Logger) async throws {
        let group = try ReactorGroup()
        let server = HTTPServer(group: group, handler: mux.handler())
        let service = HTTPServerService(server, on: address, drainDeadline: .seconds(20), group: group)
        try await ServiceGroup(
            services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
    }
}
