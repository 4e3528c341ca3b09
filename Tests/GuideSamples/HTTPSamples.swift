import MillpondHTTP
import MillpondNet

/// `http.md`: a server.
enum ServerSample {
    static func run() throws {
        let group = try ReactorGroup()
        let server = HTTPServer(group: group) { request, response in
            if request.pathIs("/hello") {
                response.set(.contentType, "text/plain")
                try await response.send("Hello, World!")
            } else if request.method == .post, request.pathIs("/echo") {
                try await response.send(request.readBody(limit: 1 << 20))
            } else {
                response.status = .notFound  // without content; unset, it would be 200
            }
        }
        try server.start(on: SocketAddress(host: "127.0.0.1", port: 8080)!)
    }
}

/// `mux.md`: routes.
enum MuxSample {
    static func run(_ group: ReactorGroup) throws {
        var mux = ServeMux()
        try mux.handle("GET /items/{id}") { request, response in
            try await response.send("item \(request.pathValue("id") ?? "")")
        }
        try mux.handle("POST /items") { request, response in response.status = .created }
        try mux.handle("/files/{path...}") { request, response in
            try await response.send(request.pathValue("path") ?? "")
        }
        let server = HTTPServer(group: group, handler: mux.handler())
        _ = server
    }
}

/// `files.md`: a folder, and one file.
enum FileSample {
    static func run(_ group: ReactorGroup) throws {
        let files = try FileServer("/srv/www")
        let server = HTTPServer(group: group, handler: files.handler)

        var mux = ServeMux()  // or beside other handlers
        try mux.handle("GET /static/{path...}", files.handler)  // the root stands where the wildcard does
        try mux.handle("GET /report") { request, response in
            response.set("Content-Disposition", "attachment; filename=\"report.pdf\"")
            try await response.sendFile("/srv/reports/latest.pdf", for: request)
        }
        _ = server
    }
}

/// `forms.md`: queries and forms.
enum FormSample {
    static func run(_ request: inout HTTPRequest) async throws {
        let page = try request.queryValue("page")  // the first value, decoded
        let query = try request.queryForm()  // all of them
        let form = try await request.readForm(limits: .init(bytes: 64 << 10, fields: 100))
        let name = form["name"], tags = form.values("tag")
        print(page ?? "", query.values("q"), name ?? "", tags)
    }
}

/// `forms.md`: multipart.
enum MultipartSample {
    static func run(_ request: inout HTTPRequest) async throws {
        var fields: [String: String] = [:]
        try await request.readMultipart { form in
            while let part = try await form.nextPart() {
                if part.fileName == nil {
                    fields[part.name] = try await form.readText(limit: 4096)
                } else {
                    let content = try await form.spool(limit: 1 << 30)
                    fields[part.name] = "\(content.count) bytes"
                }
            }
        }
        print(fields)
    }
}
