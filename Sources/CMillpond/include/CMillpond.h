// What Swift cannot import from glibc, as static inline functions. One header a subject.
#ifndef CMILLPOND_H
#define CMILLPOND_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include "millpond_threads.h"

#endif
