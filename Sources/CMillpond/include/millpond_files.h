// Opening and reading files without waiting for a disk where the kernel allows it.
//
// As system calls by number: glibc declares them for _GNU_SOURCE only, or not at all.
#ifndef MILLPOND_FILES_H
#define MILLPOND_FILES_H

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/// What is known of a file. Kind: 1 a regular file, 2 a folder, 3 a symbolic link, 0 something else.
typedef struct {
    int64_t size;
    int64_t modified_seconds;
    int64_t modified_nanoseconds;
    uint64_t inode;
    uint64_t device;
    int32_t kind;
} millpond_file_status;

static inline void millpond_take_status(const struct stat *_Nonnull from, millpond_file_status *_Nonnull status) {
    status->size = from->st_size;
    status->modified_seconds = from->st_mtim.tv_sec;
    status->modified_nanoseconds = from->st_mtim.tv_nsec;
    status->inode = from->st_ino;
    status->device = from->st_dev;
    status->kind = S_ISREG(from->st_mode) ? 1 : S_ISDIR(from->st_mode) ? 2 : S_ISLNK(from->st_mode) ? 3 : 0;
}

/// fstat(2).
static inline int millpond_status(int descriptor, millpond_file_status *_Nonnull status) {
    struct stat found;
    if (fstat(descriptor, &found) != 0) return -1;
    millpond_take_status(&found, status);
    return 0;
}

/// fstatat(2) of a name in a folder; of a symbolic link, itself.
static inline int millpond_status_at(
    int folder, const char *_Nonnull name, millpond_file_status *_Nonnull status) {
    struct stat found;
    if (fstatat(folder, name, &found, AT_SYMLINK_NOFOLLOW) != 0) return -1;
    millpond_take_status(&found, status);
    return 0;
}

// How openat2(2) resolves a path: the bits of RESOLVE_*, which older headers lack.
static const uint64_t millpond_resolve_no_magic_links = 0x02;
static const uint64_t millpond_resolve_no_symlinks = 0x04;
static const uint64_t millpond_resolve_beneath = 0x08;
static const uint64_t millpond_resolve_cached = 0x20;

/// openat2(2), for reading: 437 everywhere. O_NONBLOCK, as a pipe would wait for its writer.
static inline int millpond_open_beneath(int folder, const char *_Nonnull path, uint64_t resolve) {
    struct {
        uint64_t flags, mode, resolve;
    } how = {O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0, resolve};
    return (int)syscall(437, folder, path, &how, sizeof how);
}

/// openat(2) for reading; `flags` beside those.
static inline int millpond_open_at(int folder, const char *_Nonnull path, int flags) {
    return openat(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags);
}

/// A folder that others are opened beneath; no permission to read it is needed. O_PATH is 010000000 everywhere.
static inline int millpond_open_folder(int folder, const char *_Nonnull path, int follows) {
    return openat(folder, path, 010000000 | O_DIRECTORY | O_CLOEXEC | (follows ? 0 : O_NOFOLLOW));
}

// File systems that know no RWF_NOWAIT, and keep what they read in this machine's memory or on its disks: tmpfs, ramfs,
// and the layered one of containers.
static inline int millpond_is_local(int descriptor) {
    struct statfs found;
    if (fstatfs(descriptor, &found) != 0) return 0;
    uint32_t magic = (uint32_t)found.f_type;
    return magic == 0x01021994u || magic == 0x858458f6u || magic == 0x794c7630u;
}

/// Reads what is in memory already: preadv2(2) with RWF_NOWAIT. May be short; EAGAIN when the disk would be waited for.
/// On a local file system that can't tell it is a plain read.
static inline ssize_t millpond_read_cached(int descriptor, void *_Nonnull buffer, size_t count, int64_t offset) {
    struct iovec vector = {buffer, count};
    ssize_t got;
    do {
        got = syscall(SYS_preadv2, descriptor, &vector, 1ul, (long)offset, 0l, 8 /* RWF_NOWAIT */);
    } while (got < 0 && errno == EINTR);
    if (got >= 0 || (errno != EOPNOTSUPP && errno != EINVAL && errno != ENOSYS)) return got;
    if (!millpond_is_local(descriptor)) {
        errno = EAGAIN;
        return -1;
    }
    do {
        got = pread(descriptor, buffer, count, offset);
    } while (got < 0 && errno == EINTR);
    return got;
}

/// Reads a part of a file into the kernel's memory, by reading it and throwing it away. Blocks.
static inline int millpond_read_ahead(int descriptor, int64_t offset, size_t count) {
    char buffer[64 << 10];
    (void)syscall(SYS_readahead, descriptor, offset, count);
    while (count > 0) {
        ssize_t got = pread(descriptor, buffer, count < sizeof buffer ? count : sizeof buffer, offset);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got < 0 ? -1 : 0;
        offset += got;
        count -= (size_t)got;
    }
    return 0;
}

#endif
