// What Swift cannot import from glibc. One header a subject.
//
// No header defines a feature macro: Swift's own glibc module is built without any, and a system header that both see
// must look the same. What needs _GNU_SOURCE is in the .c files.
#ifndef CMILLPOND_H
#define CMILLPOND_H

#include "CMillpondNet.h"
#include "millpond_threads.h"
#include "millpond_attributes.h"
#include "millpond_transfer.h"
#include "millpond_files.h"
#include "millpond_random.h"

#endif
