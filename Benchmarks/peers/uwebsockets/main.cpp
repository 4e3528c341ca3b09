// The same servers on uWebSockets (https://github.com/uNetworking/uWebSockets), with one loop.
//
//   uwebsockets PORT http|echo|broadcast
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "App.h"

struct Nothing {};

int main(int count, char **arguments) {
    if (count != 3) {
        std::fprintf(stderr, "usage: uwebsockets PORT http|echo|broadcast\n");
        return 2;
    }
    int port = std::atoi(arguments[1]);
    std::string_view mode = arguments[2];
    uWS::App app;
    if (mode == "http") {
        app.get("/", [](auto *response, auto *) {
            response->writeHeader("Content-Type", "text/plain")->end("Hello, World!");
        });
    } else {
        bool isBroadcast = mode == "broadcast";
        uWS::App::WebSocketBehavior<Nothing> behavior;
        behavior.compression = uWS::DISABLED;
        // As much as the others may queue; nothing is dropped.
        behavior.maxBackpressure = 16 << 20;
        behavior.open = [](auto *socket) { socket->subscribe("all"); };
        behavior.message = [&app, isBroadcast](auto *socket, std::string_view message, uWS::OpCode code) {
            if (isBroadcast) {
                app.publish("all", message, code);
            } else {
                socket->send(message, code);
            }
        };
        app.ws<Nothing>("/*", std::move(behavior));
    }
    app.listen("127.0.0.1", port, [port](auto *socket) {
        if (!socket) {
            std::fprintf(stderr, "uwebsockets: port %d is taken\n", port);
            std::exit(1);
        }
    });
    app.run();
}
