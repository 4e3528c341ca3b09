// The floor of logins: what they cost when nothing but the system calls is left. Server and load, with two threads
// each, exchange as many bytes in as many steps as `millpond bench login` and `millpond serve` do (connection,
// WebSocket handshake, login), and look at none of them. Connections stay open until the last has logged in.
//
//   logins [COUNT [AT_ONCE]]        (default 5000 and 100) prints logins a second
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    threads = 2,
    max_fd = 65536,
    accepts_a_turn = 16,
    // Bytes of a request for an upgrade and its answer, of a login and its answer.
    upgrade = 160,
    upgraded = 129,
    login = 230,
    logged_in = 90,
};

static struct sockaddr_in address = {.sin_family = AF_INET};
static const char bytes[256];
// How far each connection is, by descriptor.
static unsigned char step[max_fd];
static const uint32_t interest = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

static int checked(int result, const char *what) {
    if (result < 0) {
        perror(what);
        exit(1);
    }
    return result;
}

static void watch(int poll, int fd, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    checked(epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

// Whether something was there; -1 once the peer has closed.
static int take(int fd) {
    char input[4096];
    ssize_t count = recv(fd, input, sizeof input, 0);
    if (count > 0) return 1;
    return count < 0 && errno == EAGAIN ? 0 : -1;
}

static void give(int fd, size_t count) { checked((int)send(fd, bytes, count, MSG_NOSIGNAL), "send"); }

static int listener(void) {
    int fd = checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"), yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    checked(bind(fd, (struct sockaddr *)&address, sizeof address), "bind");
    socklen_t length = sizeof address;
    getsockname(fd, (struct sockaddr *)&address, &length);
    checked(listen(fd, 4096), "listen");
    return fd;
}

static void *serve(void *argument) {
    int listening = *(int *)argument, poll = checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    watch(poll, listening, EPOLLIN);
    for (;;) {
        struct epoll_event events[256];
        int count = epoll_wait(poll, events, 256, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listening) {
                for (int accepted = 0; accepted < accepts_a_turn; accepted++) {
                    int client = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
                    if (client < 0) break;
                    step[client] = 0;
                    watch(poll, client, interest);
                }
            } else if (events[i].events & (EPOLLIN | EPOLLRDHUP)) {
                int got = take(fd);
                if (got > 0) give(fd, step[fd]++ == 0 ? upgraded : logged_in);
                if (got < 0) close(fd);
            }
        }
    }
    return NULL;
}

static atomic_long started, wanted;
static long at_once;

static void *load(void *argument) {
    (void)argument;
    int poll = checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1"), yes = 1;
    long open = 0;
    for (;;) {
        while (open < at_once / threads && atomic_fetch_add(&started, 1) < wanted) {
            int fd = checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            int result = connect(fd, (struct sockaddr *)&address, sizeof address);
            if (result < 0 && errno != EINPROGRESS) checked(result, "connect");
            step[fd] = 0;
            watch(poll, fd, interest);
            open++;
        }
        if (open == 0) return NULL;
        struct epoll_event events[256];
        int count = epoll_wait(poll, events, 256, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (step[fd] == 0 && events[i].events & EPOLLOUT) {
                step[fd] = 1;
                give(fd, upgrade);
            }
            int got = events[i].events & (EPOLLIN | EPOLLRDHUP) ? take(fd) : 0;
            if (got < 0) {
                fprintf(stderr, "logins: the server has closed a connection\n");
                exit(1);
            }
            if (got == 0) continue;
            if (++step[fd] == 2) give(fd, login);
            if (step[fd] == 3) open--;
        }
    }
}

int main(int count, char **arguments) {
    wanted = count > 1 ? atol(arguments[1]) : 5000;
    at_once = count > 2 ? atol(arguments[2]) : 100;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (wanted < 1 || at_once < threads || wanted + 64 > (long)limit.rlim_cur || wanted + 64 > max_fd) {
        fprintf(stderr, "logins: COUNT must be at most %ld here, and AT_ONCE at least %d\n",
                (long)(limit.rlim_cur < max_fd ? limit.rlim_cur : max_fd) - 64, threads);
        return 2;
    }

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listening[threads];
    for (int i = 0; i < threads; i++) listening[i] = listener();
    pid_t server = checked(fork(), "fork");
    pthread_t running[threads];
    if (server == 0) {
        // Ends with the load, however that ends.
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (int i = 0; i < threads; i++) pthread_create(&running[i], NULL, serve, &listening[i]);
        pause();
        return 0;
    }
    for (int i = 0; i < threads; i++) close(listening[i]);
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 0; i < threads; i++) pthread_create(&running[i], NULL, load, NULL);
    for (int i = 0; i < threads; i++) pthread_join(running[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &end);
    kill(server, SIGKILL);
    printf("%.0f\n", wanted / ((end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1e9));
    return 0;
}
