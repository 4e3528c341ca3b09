// Small writes with and without a buffer, and a file to the socket that the runner passes as standard input.
#include "peer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum { size = 64, per_flush = 16, copy_room = 64 * 1024 };

static void write_all(int to, const uint8_t *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(to, bytes, count);
        if (written <= 0) {
            fail("write");
        }
        bytes += written;
        count -= (size_t)written;
    }
}

static void small_writes(int near, int far, bool buffered, size_t operations, struct consumer *to) {
    uint8_t data[size], buffer[size * per_flush], received[size * per_flush];
    memset(data, 7, size);
    for (size_t number = 0; number < operations / per_flush; number += 1) {
        for (size_t part = 0; part < per_flush; part += 1) {
            data[0] = (uint8_t)number;
            data[size - 1] = (uint8_t)part;
            if (buffered) {
                memcpy(buffer + part * size, data, size);
            } else {
                write_all(near, data, size);
            }
        }
        if (buffered) {
            write_all(near, buffer, sizeof buffer);
        }
        if (read(far, received, sizeof received) != sizeof received) {
            fail("read");
        }
        take(to, received, sizeof received);
    }
}

uint64_t run_writes(bool buffered, size_t operations) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
        fail("socketpair");
    }
    struct consumer to = {.folds_all = true};
    small_writes(ends[0], ends[1], buffered, operations / 10, &to);
    to.folds_all = false;
    start();
    small_writes(ends[0], ends[1], buffered, operations, &to);
    stop();
    return to.check;
}

/// Sends the first `count` bytes of the file named by MILLPOND_BENCH_FILE; the reader at the other end checks them.
uint64_t run_file(bool copied, size_t count) {
    enum { socket = STDIN_FILENO };
    const char *path = getenv("MILLPOND_BENCH_FILE");
    int file = path ? open(path, O_RDONLY) : -1;
    uint8_t *room = malloc(copy_room);
    if (file < 0 || !room) {
        fail("MILLPOND_BENCH_FILE");
    }
    size_t sent = 0;
    start();
    while (sent < count) {
        size_t rest = count - sent;
        ssize_t got;
        if (copied) {
            got = read(file, room, rest < copy_room ? rest : copy_room);
            if (got > 0) {
                write_all(socket, room, (size_t)got);
            }
        } else {
            got = sendfile(socket, file, NULL, rest);
        }
        if (got <= 0) {
            fail(copied ? "read" : "sendfile");
        }
        sent += (size_t)got;
    }
    stop();
    free(room);
    close(file);
    return sent;
}
