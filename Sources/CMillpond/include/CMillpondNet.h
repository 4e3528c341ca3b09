// Sockets, epoll and eventfd: the calls and constants that Swift's glibc module lacks.
#ifndef CMILLPOND_NET_H
#define CMILLPOND_NET_H

// No feature macro here: Swift's own glibc module is built without one, and headers seen twice must look the same. What
// needs _GNU_SOURCE is in CMillpondNet.c.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

// Events that a watched descriptor reports: the epoll constants, as plain integers.
static const uint32_t mp_event_in = EPOLLIN;
static const uint32_t mp_event_out = EPOLLOUT;
static const uint32_t mp_event_peer_closed = EPOLLRDHUP;
static const uint32_t mp_event_hangup = EPOLLHUP;
static const uint32_t mp_event_error = EPOLLERR;
static const uint32_t mp_event_edge = EPOLLET;
static const uint32_t mp_event_exclusive = EPOLLEXCLUSIVE;

// struct epoll_event is packed, so its fields are read here.
typedef struct {
    struct epoll_event raw;
} mp_event;

static inline uint32_t mp_event_flags(const mp_event *event) { return event->raw.events; }
static inline uint64_t mp_event_token(const mp_event *event) { return event->raw.data.u64; }

static inline int mp_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static inline int mp_epoll_add(int epoll, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data = {.u64 = token}};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static inline int mp_epoll_change(int epoll, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data = {.u64 = token}};
    return epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
}

static inline int mp_epoll_remove(int epoll, int fd) { return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL); }

static inline int mp_epoll_wait(int epoll, mp_event *events, int capacity, int timeout_milliseconds) {
    return epoll_wait(epoll, &events->raw, capacity, timeout_milliseconds);
}

static inline int mp_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

static inline void mp_eventfd_signal(int fd) {
    uint64_t one = 1;
    ssize_t written = write(fd, &one, sizeof one);
    (void)written;  // full means that a wake-up is already pending
}

// Accepts a connection whose descriptor is non-blocking and closed on exec.
int mp_accept(int fd);
// Cores that the process may run on, at least 1.
int mp_available_cores(void);

static inline int mp_socket(int family) { return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

static inline int mp_set_option(int fd, int level, int option, int value) {
    return setsockopt(fd, level, option, &value, sizeof value);
}

static inline int mp_socket_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
    return error;
}

// As system calls of their own: libc's functions are cancellation points, which costs more than the rest of them. A
// sanitizer must see what they read and write, and hooks libc's.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MP_SANITIZED 1
#endif
#endif

static inline ssize_t mp_recv(int fd, void *buffer, size_t count) {
#ifdef MP_SANITIZED
    return recv(fd, buffer, count, 0);
#else
    return syscall(SYS_recvfrom, fd, buffer, count, 0, NULL, NULL);
#endif
}

// With `more` set, the kernel may wait for what follows before it sends a segment that is not full.
static inline ssize_t mp_send(int fd, const void *buffer, size_t count, int more) {
    int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
#ifdef MP_SANITIZED
    return send(fd, buffer, count, flags);
#else
    return syscall(SYS_sendto, fd, buffer, count, flags, NULL, 0);
#endif
}

// A gathering write that raises no SIGPIPE, which writev would.
static inline ssize_t mp_send_vectors(int fd, const struct iovec *vectors, size_t count, int more) {
    struct msghdr message = {.msg_iov = (struct iovec *)vectors, .msg_iovlen = count};
    return sendmsg(fd, &message, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
}

// Breaks a TCP connection off: the peer gets a reset, and what has not left is lost. The descriptor stays. Not 0 when
// that is not to be had, as for a Unix socket.
static inline int mp_break_off(int fd) {
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    return connect(fd, &nobody, sizeof nobody);
}

// Has the kernel ask a silent peer for a sign of life, after half a minute and then every ten seconds, three times.
static inline void mp_probe_peer(int fd) {
    int on = 1, idle = 30, interval = 10, count = 3;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

// Bytes that the kernel holds for the next read, 0 when that cannot be told.
static inline int mp_unread_bytes(int fd) {
    int count = 0;
    return ioctl(fd, FIONREAD, &count) == 0 ? count : 0;
}

static inline uint64_t mp_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// A spare descriptor, given up to accept and close a connection when the process has run out of them.
static inline int mp_open_spare_descriptor(void) { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

// The reactor whose thread this is, as an unretained pointer; null elsewhere.
extern _Thread_local void *mp_current_reactor_slot;
static inline void *mp_current_reactor(void) { return mp_current_reactor_slot; }
static inline void mp_set_current_reactor(void *reactor) { mp_current_reactor_slot = reactor; }

#endif
