// Carries the web page's files in the binary. `#embed` reads them when this file is compiled: nothing is generated, a
// change of a file recompiles this one in a tenth of a second, and no file is looked for at run time.

#include "CMillpondWeb.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

#define HTML "text/html; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"
#define STYLE "text/css; charset=utf-8"

static const unsigned char index_html[] = {
#embed "../MillpondChat/Web/Assets/index.html"
};
static const unsigned char app_js[] = {
#embed "../MillpondChat/Web/Assets/app.js"
};
static const unsigned char chat_js[] = {
#embed "../MillpondChat/Web/Assets/chat.js"
};
static const unsigned char client_js[] = {
#embed "../MillpondChat/Web/Assets/client.js"
};
static const unsigned char conversation_js[] = {
#embed "../MillpondChat/Web/Assets/conversation.js"
};
static const unsigned char dom_js[] = {
#embed "../MillpondChat/Web/Assets/dom.js"
};
static const unsigned char group_dialogs_js[] = {
#embed "../MillpondChat/Web/Assets/group-dialogs.js"
};
static const unsigned char identity_js[] = {
#embed "../MillpondChat/Web/Assets/identity.js"
};
static const unsigned char join_view_js[] = {
#embed "../MillpondChat/Web/Assets/join-view.js"
};
static const unsigned char memory_js[] = {
#embed "../MillpondChat/Web/Assets/memory.js"
};
static const unsigned char messages_js[] = {
#embed "../MillpondChat/Web/Assets/messages.js"
};
static const unsigned char names_js[] = {
#embed "../MillpondChat/Web/Assets/names.js"
};
static const unsigned char packet_js[] = {
#embed "../MillpondChat/Web/Assets/packet.js"
};
static const unsigned char protobuf_js[] = {
#embed "../MillpondChat/Web/Assets/protobuf.js"
};
static const unsigned char side_view_js[] = {
#embed "../MillpondChat/Web/Assets/side-view.js"
};
static const unsigned char talk_view_js[] = {
#embed "../MillpondChat/Web/Assets/talk-view.js"
};
static const unsigned char chat_css[] = {
#embed "../MillpondChat/Web/Assets/chat.css"
};
static const unsigned char style_css[] = {
#embed "../MillpondChat/Web/Assets/style.css"
};
static const unsigned char icon_svg[] = {
#embed "../MillpondChat/Web/Assets/icon.svg"
};
static const unsigned char manifest_webmanifest[] = {
#embed "../MillpondChat/Web/Assets/manifest.webmanifest"
};

#define ASSET(path, type, bytes) { path, type, bytes, sizeof(bytes) }

static const millpond_web_asset assets[] = {
    ASSET("/", HTML, index_html),
    ASSET("/assets/app.js", SCRIPT, app_js),
    ASSET("/assets/chat.js", SCRIPT, chat_js),
    ASSET("/assets/client.js", SCRIPT, client_js),
    ASSET("/assets/conversation.js", SCRIPT, conversation_js),
    ASSET("/assets/dom.js", SCRIPT, dom_js),
    ASSET("/assets/group-dialogs.js", SCRIPT, group_dialogs_js),
    ASSET("/assets/identity.js", SCRIPT, identity_js),
    ASSET("/assets/join-view.js", SCRIPT, join_view_js),
    ASSET("/assets/memory.js", SCRIPT, memory_js),
    ASSET("/assets/messages.js", SCRIPT, messages_js),
    ASSET("/assets/names.js", SCRIPT, names_js),
    ASSET("/assets/packet.js", SCRIPT, packet_js),
    ASSET("/assets/protobuf.js", SCRIPT, protobuf_js),
    ASSET("/assets/side-view.js", SCRIPT, side_view_js),
    ASSET("/assets/talk-view.js", SCRIPT, talk_view_js),
    ASSET("/assets/chat.css", STYLE, chat_css),
    ASSET("/assets/style.css", STYLE, style_css),
    ASSET("/assets/icon.svg", "image/svg+xml", icon_svg),
    ASSET("/assets/manifest.webmanifest", "application/manifest+json", manifest_webmanifest),
};

size_t millpond_web_asset_count(void) { return sizeof(assets) / sizeof(assets[0]); }

const millpond_web_asset *millpond_web_asset_at(size_t index) {
    return index < millpond_web_asset_count() ? &assets[index] : NULL;
}
