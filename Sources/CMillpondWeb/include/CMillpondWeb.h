#ifndef CMILLPOND_WEB_H
#define CMILLPOND_WEB_H

#include <stddef.h>

/// One file of the web page, as it is served.
typedef struct {
    /// The path of the request, from the slash on.
    const char *path;
    const char *content_type;
    const unsigned char *bytes;
    size_t count;
} millpond_web_asset;

/// The page's files, `millpond_web_asset_count` of them. They live as long as the process.
const millpond_web_asset *millpond_web_asset_at(size_t index);
size_t millpond_web_asset_count(void);

#endif
