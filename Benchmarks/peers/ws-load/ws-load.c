// Loads a WebSocket server and says what it cost: CPU per message, or resident memory per connection.
//
//   ws-load echo      PORT CONNECTIONS IN_FLIGHT SIZE SECONDS [PID]   every message comes back
//   ws-load broadcast PORT CONNECTIONS IN_FLIGHT SIZE SECONDS [PID]   one connection sends, all get every message
//   ws-load idle      PORT CONNECTIONS SECONDS [PID]                  they only exist
//
// With the server's PID it reads the server's CPU time and memory from /proc before and after.
// Build: cc -O2 -o ws-load ws-load.c
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
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
    uint64_t skip;  // payload bytes of the frame that is coming in
    unsigned head_count;
    unsigned char head[10];
};

static struct connection *connections;
static unsigned char *batch;  // IN_FLIGHT masked frames
static size_t frame_size;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

struct usage {
    double user, system;
    long resident;  // bytes
};

static struct usage usage_of(int pid) {
    struct usage u = {0, 0, 0};
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *f = fopen(path, "r");
    if (!f || !fgets(line, sizeof line, f)) die(path);
    fclose(f);
    unsigned long user, system;
    sscanf(strrchr(line, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    u.user = user / (double)sysconf(_SC_CLK_TCK);
    u.system = system / (double)sysconf(_SC_CLK_TCK);
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    f = fopen(path, "r");
    if (!f || fscanf(f, "%*s %ld", &u.resident) != 1) die(path);
    fclose(f);
    u.resident *= sysconf(_SC_PAGESIZE);
    return u;
}

static int open_connection(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) die("connect");
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    static const char request[] =
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    if (write(fd, request, sizeof request - 1) != sizeof request - 1) die("write");
    char answer[2048];
    size_t count = 0;
    while (!memmem(answer, count, "\r\n\r\n", 4)) {
        ssize_t n = read(fd, answer + count, sizeof answer - count);
        if (n <= 0) die("handshake");
        count += n;
    }
    if (memcmp(answer, "HTTP/1.1 101", 12)) {
        fprintf(stderr, "the server does not upgrade: %.*s\n", 40, answer);
        exit(1);
    }
    return fd;
}

static size_t put_frame(unsigned char *p, size_t size) {
    size_t n = 0;
    p[n++] = 0x82;
    if (size < 126) {
        p[n++] = 0x80 | size;
    } else if (size < 65536) {
        p[n++] = 0x80 | 126;
        p[n++] = size >> 8;
        p[n++] = size;
    } else {
        p[n++] = 0x80 | 127;
        for (int shift = 56; shift >= 0; shift -= 8) p[n++] = (uint64_t)size >> shift;
    }
    static const unsigned char key[4] = {0x37, 0xFA, 0x21, 0x3D};
    memcpy(p + n, key, 4);
    n += 4;
    for (size_t i = 0; i < size; i++) p[n++] = (unsigned char)('a' + i % 26) ^ key[i % 4];
    return n;
}

// How many messages end in these bytes.
static unsigned count_messages(struct connection *c, const unsigned char *p, size_t count) {
    unsigned messages = 0;
    while (count > 0) {
        if (c->skip > 0) {
            size_t n = c->skip < count ? c->skip : count;
            c->skip -= n;
            p += n;
            count -= n;
            if (c->skip == 0) messages++;
            continue;
        }
        c->head[c->head_count++] = *p++;
        count--;
        if (c->head_count < 2) continue;
        unsigned length = c->head[1] & 127, need = length < 126 ? 2 : length == 126 ? 4 : 10;
        if (c->head_count < need) continue;
        uint64_t size = length;
        if (need > 2) {
            size = 0;
            for (unsigned i = 2; i < need; i++) size = size << 8 | c->head[i];
        }
        c->head_count = 0;
        c->skip = size;
        if (size == 0) messages++;
    }
    return messages;
}

static void send_frames(struct connection *c, unsigned count) {
    size_t size = count * frame_size, sent = 0;
    while (sent < size) {
        ssize_t n = write(c->fd, batch + sent, size - sent);
        if (n < 0) {
            if (errno == EAGAIN) continue;
            die("write");
        }
        sent += n;
    }
}

int main(int argc, char **argv) {
    if (argc < 5) {
        fprintf(stderr, "usage: see the head of ws-load.c\n");
        return 2;
    }
    int is_idle = !strcmp(argv[1], "idle"), is_broadcast = !strcmp(argv[1], "broadcast");
    int port = atoi(argv[2]), n = atoi(argv[3]);
    unsigned in_flight = is_idle ? 0 : atoi(argv[4]);
    size_t size = is_idle ? 0 : atoi(argv[5]);
    double seconds = atof(argv[is_idle ? 4 : 6]);
    int pid_at = is_idle ? 5 : 7, pid = argc > pid_at ? atoi(argv[pid_at]) : 0;
    struct rlimit files = {n + 64, n + 64};
    setrlimit(RLIMIT_NOFILE, &files);

    struct usage before = pid ? usage_of(pid) : (struct usage){0};
    connections = calloc(n, sizeof *connections);
    int poll = epoll_create1(0);
    for (int i = 0; i < n; i++) {
        connections[i].fd = open_connection(port);
        fcntl(connections[i].fd, F_SETFL, O_NONBLOCK);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        epoll_ctl(poll, EPOLL_CTL_ADD, connections[i].fd, &event);
    }
    if (is_idle) {
        sleep((unsigned)seconds);
        if (pid) {
            struct usage after = usage_of(pid);
            printf("%d connections: resident memory from %ld to %ld KiB: %.0f bytes per connection\n", n,
                   before.resident >> 10, after.resident >> 10, (after.resident - before.resident) / (double)n);
        }
        return 0;
    }

    batch = malloc(in_flight * (size + 14));
    for (unsigned i = 0; i < in_flight; i++) frame_size = put_frame(batch + i * frame_size, size);
    for (int i = 0; i < (is_broadcast ? 1 : n); i++) send_frames(&connections[i], in_flight);

    static unsigned char buffer[256 << 10];
    struct epoll_event events[256];
    uint64_t messages = 0, measured_from = 0, reads = 0, first_heard = 0;
    double start = now(), warm = start + (seconds > 2 ? 0.5 : 0.1), end = start + seconds, measured_at = 0;
    unsigned char is_warm = 0;
    while (1) {
        int ready = epoll_wait(poll, events, 256, 100);
        double t = now();
        if (!is_warm && t >= warm) {
            is_warm = 1;
            measured_at = t;
            measured_from = messages;
            reads = 0;
            if (pid) before = usage_of(pid);
        }
        if (t >= end) break;
        for (int i = 0; i < ready; i++) {
            struct connection *c = &connections[events[i].data.u32];
            ssize_t got = read(c->fd, buffer, sizeof buffer);
            if (got < 0 && errno == EAGAIN) continue;
            if (got <= 0) {
                fprintf(stderr, "the server closed a connection\n");
                return 1;
            }
            reads++;
            unsigned heard = count_messages(c, buffer, got);
            messages += heard;
            if (!is_broadcast) {
                if (heard) send_frames(c, heard);
            } else if (events[i].data.u32 == 0) {
                first_heard += heard;
            }
        }
        // The next messages go out when everyone has had the last ones.
        if (is_broadcast && first_heard >= in_flight && messages % ((uint64_t)in_flight * n) == 0) {
            first_heard -= in_flight;
            send_frames(&connections[0], in_flight);
        }
    }
    double elapsed = now() - measured_at;
    uint64_t count = messages - measured_from;
    printf("%.0f messages/s, %.2f per read", count / elapsed, count / (double)(reads ? reads : 1));
    if (pid) {
        struct usage after = usage_of(pid);
        double user = (after.user - before.user) / count * 1e6, system = (after.system - before.system) / count * 1e6;
        printf("; server: %.3f us user + %.3f us system = %.3f us per message", user, system, user + system);
    }
    printf("\n");
    return 0;
}
