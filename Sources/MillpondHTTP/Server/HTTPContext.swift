internal import MillpondNet

/// What the connections of one reactor share.
// Sound: the date is used on its reactor's thread only; the rest is constant.
@safe
final class HTTPContext: @unchecked Sendable {
    let options: HTTPServerOptions
    let handler: HTTPServer.Handler
    let highWater: Int
    @safe @exclusivity(unchecked) var date = HTTPDate()

    init(options: HTTPServerOptions, handler: @escaping HTTPServer.Handler) {
        self.options = options
        self.handler = handler
        highWater = options.listener.channel.outboxHighWater
    }
}
