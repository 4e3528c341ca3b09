#ifndef MILLPOND_ATTRIBUTES_H
#define MILLPOND_ATTRIBUTES_H

#include <sys/types.h>
#include <sys/xattr.h>

// Extended attributes of files, which Swift's Glibc module lacks. Each returns -1 with errno on failure.

static inline int mp_attribute_set(int descriptor, const char *name, const void *value, size_t count) {
    return fsetxattr(descriptor, name, value, count, 0);
}

static inline ssize_t mp_attribute_get(const char *path, const char *name, void *value, size_t capacity) {
    return getxattr(path, name, value, capacity);
}

static inline int mp_attribute_remove(int descriptor, const char *name) {
    return fremovexattr(descriptor, name);
}

#endif
