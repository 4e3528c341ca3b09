// Loads a WebSocket server and reports what its process used of the CPU meanwhile, as one line of JSON.
//
//   wsload --port P --pid SERVER [--mode echo|broadcast] [--connections N] [--depth D] [--size BYTES] [--seconds S]
//
// echo: each connection keeps D messages in flight. An operation is a message that came back.
// broadcast: the first connection sends D messages at once, all connections wait for them, and so on. An operation is
// a message delivered to one connection.
// It costs little itself: one thread, and of what comes back it counts the bytes, all frames being of one length.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct connection {
    int fd;
    size_t partial;  // bytes of a frame that has not arrived whole
};

static int port, depth = 1, connections = 64, size = 100;
static double seconds = 3;
static const char *mode = "echo", *pid;
static struct connection *all;
static char *burst;          // depth masked frames
static size_t sent_frame, received_frame;

static void fail(const char *what) {
    fprintf(stderr, "wsload: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// User and system seconds of the server, all its threads.
static void server_cpu(double *user, double *system) {
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file || !fgets(line, sizeof line, file)) fail(path);
    fclose(file);
    unsigned long u = 0, s = 0;
    // The name in parentheses may hold anything.
    char *rest = strrchr(line, ')');
    if (!rest || sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &u, &s) != 2) fail(path);
    double tick = (double)sysconf(_SC_CLK_TCK);
    *user = (double)u / tick;
    *system = (double)s / tick;
}

static void make_burst(void) {
    size_t head = size < 126 ? 2 : 4;
    sent_frame = head + 4 + (size_t)size;
    received_frame = head + (size_t)size;
    burst = malloc(sent_frame * (size_t)depth);
    static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    for (int i = 0; i < depth; i++) {
        unsigned char *frame = (unsigned char *)burst + sent_frame * (size_t)i;
        frame[0] = 0x82;
        if (size < 126) {
            frame[1] = (unsigned char)(0x80 | size);
        } else {
            frame[1] = 0x80 | 126;
            frame[2] = (unsigned char)(size >> 8);
            frame[3] = (unsigned char)size;
        }
        memcpy(frame + head, mask, 4);
        for (int j = 0; j < size; j++) frame[head + 4 + (size_t)j] = (unsigned char)('a' + j % 26) ^ mask[j & 3];
    }
}

static void send_frames(struct connection *connection, size_t count) {
    const char *bytes = burst;
    size_t left = count * sent_frame;
    while (left > 0) {
        ssize_t written = write(connection->fd, bytes, left);
        if (written < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (written < 0) fail("write");
        bytes += written;
        left -= (size_t)written;
    }
}

static void open_connection(struct connection *connection) {
    connection->fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(connection->fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
    int on = 1;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    static const char request[] =
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    if (write(connection->fd, request, sizeof request - 1) < 0) fail("write");
    char answer[1024];
    size_t length = 0;
    while (length < 4 || memcmp(answer + length - 4, "\r\n\r\n", 4) != 0) {
        ssize_t count = read(connection->fd, answer + length, 1);
        if (count <= 0 || ++length == sizeof answer) fail("handshake");
    }
    if (memcmp(answer, "HTTP/1.1 101", 12) != 0) fail("handshake refused");
}

static void parse(int argc, char **argv) {
    for (int i = 1; i < argc; i += 2) {
        const char *flag = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(flag, "--port")) port = atoi(value);
        else if (!strcmp(flag, "--pid")) pid = value;
        else if (!strcmp(flag, "--mode")) mode = value;
        else if (!strcmp(flag, "--connections")) connections = atoi(value);
        else if (!strcmp(flag, "--depth")) depth = atoi(value);
        else if (!strcmp(flag, "--size")) size = atoi(value);
        else if (!strcmp(flag, "--seconds")) seconds = atof(value);
        else {
            fprintf(stderr, "wsload: unknown flag %s\n", flag);
            exit(2);
        }
    }
    if (!port || !pid || depth < 1 || connections < 1 || size < 1 || size > 65535) {
        fprintf(stderr, "wsload: --port and --pid are needed, and positive numbers\n");
        exit(2);
    }
}

int main(int argc, char **argv) {
    parse(argc, argv);
    bool echo = !strcmp(mode, "echo");
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    make_burst();

    int epoll = epoll_create1(EPOLL_CLOEXEC);
    all = calloc((size_t)connections, sizeof *all);
    for (int i = 0; i < connections; i++) {
        open_connection(&all[i]);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
        epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &event);
    }
    if (echo) {
        for (int i = 0; i < connections; i++) send_frames(&all[i], (size_t)depth);
    } else {
        // The last of them may not have joined on the server's side yet.
        usleep(200000);
        send_frames(&all[0], (size_t)depth);
    }

    double start = now() + 0.5, user = 0, system = 0, user_end, system_end, end;
    bool measuring = false;
    unsigned long long operations = 0, expected = (unsigned long long)connections * (unsigned)depth, arrived = 0;
    static char input[256 * 1024];
    static struct epoll_event events[1024];
    double last_arrival = now();
    for (;;) {
        double time = now();
        if (!measuring && time >= start) {
            measuring = true;
            operations = 0;
            start = time;
            server_cpu(&user, &system);
        }
        if (measuring && time >= start + seconds) break;
        if (time > last_arrival + 5) {
            errno = ETIMEDOUT;
            fail("nothing comes back");
        }
        int count = epoll_wait(epoll, events, 1024, 100);
        if (count > 0) last_arrival = time;
        for (int i = 0; i < count; i++) {
            struct connection *connection = events[i].data.ptr;
            ssize_t length = read(connection->fd, input, sizeof input);
            if (length <= 0) fail("the server closed a connection");
            size_t bytes = connection->partial + (size_t)length, frames = bytes / received_frame;
            connection->partial = bytes % received_frame;
            operations += frames;
            arrived += frames;
            if (echo && frames) send_frames(connection, frames);
        }
        if (!echo && arrived == expected) {
            arrived = 0;
            send_frames(&all[0], (size_t)depth);
        }
    }
    end = now();
    server_cpu(&user_end, &system_end);
    printf(
        "{\"operations\": %llu, \"seconds\": %.3f, \"user\": %.3f, \"system\": %.3f}\n", operations, end - start,
        user_end - user, system_end - system);
    return 0;
}
