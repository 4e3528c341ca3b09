// Moving bytes from descriptor to descriptor within the kernel.
//
// As system calls by number: glibc declares splice, pipe2 and copy_file_range for _GNU_SOURCE only.
#ifndef MILLPOND_TRANSFER_H
#define MILLPOND_TRANSFER_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/// What a descriptor is: 1 a regular file, 2 a socket, 3 a pipe, 0 something else, -1 not open.
static inline int millpond_descriptor_kind(int descriptor) {
    struct stat status;
    if (fstat(descriptor, &status) != 0) return -1;
    if (S_ISREG(status.st_mode)) return 1;
    if (S_ISSOCK(status.st_mode)) return 2;
    return S_ISFIFO(status.st_mode) ? 3 : 0;
}

/// Keeps SIGPIPE from this thread while a call runs that knows no MSG_NOSIGNAL, and takes back one that it raised.
static inline void millpond_block_sigpipe(sigset_t *_Nonnull previous) {
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &blocked, previous);
}

/// - Parameter is_short: whether less was moved than asked for. A call that has moved something before it failed says so
///   with a count, and raises the signal all the same.
static inline void millpond_unblock_sigpipe(const sigset_t *_Nonnull previous, int is_short) {
    int code = errno;
    // Whoever had it blocked before sees it pending, as after a write(2) of his own.
    if (sigismember(previous, SIGPIPE) == 0) {
        if (is_short) {
            sigset_t raised;
            sigemptyset(&raised);
            sigaddset(&raised, SIGPIPE);
            struct timespec now = {0, 0};
            while (sigtimedwait(&raised, NULL, &now) < 0 && errno == EINTR) {
            }
        }
        pthread_sigmask(SIG_SETMASK, previous, NULL);
    }
    errno = code;
}

/// sendfile(2): from a file to anything, from where the file stands, or from `*offset`, which moves on.
static inline ssize_t millpond_sendfile(int output, int input, int64_t *_Nullable offset, size_t count) {
    sigset_t previous;
    millpond_block_sigpipe(&previous);
    ssize_t moved = syscall(SYS_sendfile, output, input, offset, count);
    millpond_unblock_sigpipe(&previous, moved < (ssize_t)count);
    return moved;
}

/// splice(2), from and to where both stand. One of them must be a pipe.
static inline ssize_t millpond_splice(int input, int output, size_t count) {
    sigset_t previous;
    millpond_block_sigpipe(&previous);
    ssize_t moved = syscall(SYS_splice, input, NULL, output, NULL, count, 1 /* SPLICE_F_MOVE */);
    millpond_unblock_sigpipe(&previous, moved < (ssize_t)count);
    return moved;
}

/// copy_file_range(2), from and to where both files stand.
static inline ssize_t millpond_copy_file_range(int input, int output, size_t count) {
    return syscall(SYS_copy_file_range, input, NULL, output, NULL, count, 0);
}

/// A pipe closed on exec, with room for `capacity` bytes where the system allows that: ends[0] is read.
static inline int millpond_pipe(int *_Nonnull ends, int capacity) {
    if (syscall(SYS_pipe2, ends, O_CLOEXEC) != 0) return -1;
    // More is a favour: users without privileges share a bound.
    (void)fcntl(ends[1], 1031 /* F_SETPIPE_SZ */, capacity);
    return 0;
}

/// memmem(3), which glibc declares for _GNU_SOURCE only. Linear in the worst case.
extern void *_Nullable memmem(const void *_Nonnull, size_t, const void *_Nonnull, size_t);

static inline const void *_Nullable millpond_find(
    const void *_Nonnull bytes, size_t count, const void *_Nonnull sought, size_t sought_count) {
    return memmem(bytes, count, sought, sought_count);
}

#endif
