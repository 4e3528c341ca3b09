// The floor: what answering "Hello, World!" costs when nothing but the system calls is left.
// One thread, edge-triggered epoll, a read and a write a turn, no parsing but for the end of each head.
// All requests that arrive together are answered by one write.
//
//   floor [PORT]        (default 8081, on 127.0.0.1)
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FD 65536
#define MAX_PIPELINED 256

static const char answer[] =
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 13\r\n"
    "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
    "\r\n"
    "Hello, World!";
enum { answer_length = sizeof answer - 1 };

// How much of "\r\n\r\n" each connection's input ends with.
static unsigned char matched[MAX_FD];
static char answers[MAX_PIPELINED * answer_length];

// The number of heads that end in the bytes.
static int heads_ended(int fd, const char *bytes, ssize_t count) {
    int heads = 0;
    unsigned state = matched[fd];
    const char *end = bytes + count;
    while (bytes < end) {
        if (state == 0) {
            bytes = memchr(bytes, '\r', (size_t)(end - bytes));
            if (!bytes) break;
        }
        char wanted = state & 1 ? '\n' : '\r';
        if (*bytes == wanted) {
            if (++state == 4) {
                heads++;
                state = 0;
            }
        } else {
            state = *bytes == '\r';
        }
        bytes++;
    }
    matched[fd] = (unsigned char)state;
    return heads;
}

static void serve(int fd) {
    static char input[65536];
    for (;;) {
        ssize_t count = read(fd, input, sizeof input);
        if (count > 0) {
            int heads = heads_ended(fd, input, count);
            while (heads > 0) {
                int now = heads < MAX_PIPELINED ? heads : MAX_PIPELINED;
                ssize_t length = (ssize_t)now * answer_length;
                // A floor needs no outbox: the load generator's window always fits the socket's buffer.
                if (write(fd, answers, (size_t)length) != length) goto done;
                heads -= now;
            }
            // A short read drained the socket: its next bytes raise a new edge.
            if (count < (ssize_t)sizeof input) return;
            continue;
        }
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return;
        break;
    }
done:
    matched[fd] = 0;
    close(fd);
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

int main(int argc, char **argv) {
    int port = argc > 1 ? atoi(argv[1]) : 8081;
    for (int i = 0; i < MAX_PIPELINED; i++) memcpy(answers + i * answer_length, answer, answer_length);

    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) fail("socket");
    int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
    if (listen(listener, 1024) < 0) fail("listen");

    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);

    static struct epoll_event events[256];
    for (;;) {
        int count = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd != listener) {
                serve(fd);
                continue;
            }
            int accepted;
            while ((accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
                if (accepted >= MAX_FD) {
                    close(accepted);
                    continue;
                }
                setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                struct epoll_event added = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.fd = accepted};
                epoll_ctl(epoll, EPOLL_CTL_ADD, accepted, &added);
            }
        }
    }
}
