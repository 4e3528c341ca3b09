// Starts the page: who one is, the connection, the views, and the address (#/u/NAME, #/g/GROUP, #/ for the list).

import { Chat, describe, LOBBY } from "./chat.js";
import { Client } from "./client.js";
import { byId } from "./dom.js";
import { GroupDialogs } from "./group-dialogs.js";
import * as identity from "./identity.js";
import { JoinView } from "./join-view.js";
import { nameOf } from "./names.js";
import { hashOf, SideView } from "./side-view.js";
import { TalkView } from "./talk-view.js";

const WIDE = matchMedia("(min-width: 760px)");

/** The page while somebody is logged in. */
class Page {
    #identity;
    #chat;
    #side;
    #talk;
    #dialogs;
    #onEnd;
    #lifetime = new AbortController();
    #countdown = 0;
    #toastTimer = 0;
    #updateTimer = 0;

    /** `onEnd` gets why it ended: "left", "unauthorized" or "taken-over". */
    constructor(who, onEnd) {
        this.#identity = who;
        this.#onEnd = onEnd;
        const { signal } = this.#lifetime;
        const client = new Client({ url: socketAddress(), token: who.token });
        this.#chat = new Chat({ account: who.account, client, storage: localStorage });
        this.#side = new SideView(this.#chat, signal);
        this.#talk = new TalkView(this.#chat, { signal, onJoin: (group) => this.#joinGroup(group) });
        this.#dialogs = new GroupDialogs(this.#chat, { signal, onOpen: (one) => this.#goTo(one) });
        this.#listen(signal);
        byId("app").hidden = false;
        this.#route(false);
        client.connect();
        this.#showConnection();
    }

    #listen(signal) {
        const chat = this.#chat, client = chat.connection;
        chat.addEventListener("connection", () => this.#connectionChanged());
        chat.addEventListener("conversations", () => this.#updateSoon());
        chat.addEventListener("people", () => {
            this.#side.showPeople();
            this.#talk.showHead();
        });
        chat.addEventListener("received", ({ detail: { conversation, message } }) => {
            if (conversation === chat.current && document.hidden && conversation.unread.size === 1) {
                this.#talk.markFrom(message.id);
            }
            this.#talk.received(conversation);
        });
        chat.addEventListener("conversation", () => this.#updateSoon());
        chat.addEventListener("problem", ({ detail }) => this.#toast(detail));
        window.addEventListener("hashchange", () => this.#route(true), { signal });
        window.addEventListener("online", () => client.check(), { signal });
        window.addEventListener("pagehide", () => chat.save(), { signal });
        document.addEventListener("visibilitychange", () => {
            if (document.hidden) return;
            client.check();
            chat.seen();
        }, { signal });
        WIDE.addEventListener("change", () => this.#route(false), { signal });
        // Some phones lay their keyboard over the page: then what is left is the page.
        window.visualViewport?.addEventListener("resize", () => fitViewport(), { signal });
        byId("leave").addEventListener("click", () => this.#leave(), { signal });
        byId("banner-action").addEventListener("click", () => client.check(), { signal });
        document.addEventListener("keydown", (event) => {
            if (event.key === "Escape" && !WIDE.matches && !document.querySelector("dialog[open]")) this.#goTo(null);
        }, { signal });
    }

    // Where one is

    #goTo(conversation) {
        const hash = conversation ? hashOf(conversation.kind, conversation.id) : "#/";
        if (location.hash === hash) this.#route(true);
        else location.hash = hash;
    }

    #route(takeFocus) {
        const chat = this.#chat;
        const match = /^#\/([ug])\/(.+)$/u.exec(location.hash);
        let conversation = null;
        if (match) conversation = conversationAt(chat, match[1], match[2]);
        if (!conversation && WIDE.matches) conversation = chat.conversation("g", LOBBY);
        byId("app").classList.toggle("talking", conversation !== null);
        if (conversation && conversation !== chat.current) {
            this.#talk.show(conversation, takeFocus);
            chat.open(conversation);
        } else if (!conversation) {
            this.#talk.hide();
            const previous = chat.current;
            chat.current = null;
            if (takeFocus && previous) this.#side.focus(previous);
        }
        this.#conversationsChanged();
    }

    async #joinGroup(group) {
        const button = byId("join-group-button");
        button.disabled = true;
        try {
            await this.#chat.joinGroup(group.id);
        } catch (error) {
            this.#toast(describe(error));
        }
        button.disabled = false;
    }

    // What is shown

    /** Many changes in a row are shown at once: a busy group costs no more than the screen can show. */
    #updateSoon() {
        this.#updateTimer ||= setTimeout(() => {
            this.#updateTimer = 0;
            this.#talk.update();
            this.#conversationsChanged();
        }, 16);
    }

    #conversationsChanged() {
        this.#side.showConversations();
        this.#talk.showHead();
        const count = this.#chat.unreadCount;
        const where = this.#chat.current ? `${this.#chat.current.title} · Millpond` : "Millpond";
        document.title = count > 0 ? `(${count}) ${where}` : where;
    }

    #connectionChanged() {
        const client = this.#chat.connection;
        if (client.state === "stopped") return this.#end(client.why);
        this.#showConnection();
        this.#talk.update();
    }

    #showConnection() {
        const { state, why, retryAt } = this.#chat.connection;
        clearInterval(this.#countdown);
        byId("app").classList.toggle("offline", state !== "online");
        byId("me-dot").className = `dot ${state}`;
        byId("me-state").textContent = { online: "Online", connecting: "Connecting…", waiting: "Offline" }[state];
        byId("banner").hidden = state === "online" || (state === "connecting" && !this.#wasLost);
        byId("banner-action").hidden = state !== "waiting";
        byId("banner-action").textContent = "Try now";
        if (state === "waiting") {
            this.#wasLost = true;
            byId("banner-text").textContent = lossText(why);
            const show = () => {
                const seconds = Math.max(1, Math.ceil((retryAt - Date.now()) / 1000));
                byId("banner-countdown").textContent = `Trying again in ${seconds} s…`;
            };
            show();
            this.#countdown = setInterval(show, 1000);
        } else if (state === "connecting") {
            byId("banner-text").textContent = "Connecting…";
            byId("banner-countdown").textContent = "";
        } else {
            this.#wasLost = false;
        }
    }

    #wasLost = false;

    #toast(text) {
        const toast = byId("toast");
        toast.textContent = text;
        toast.classList.add("shown");
        clearTimeout(this.#toastTimer);
        this.#toastTimer = setTimeout(() => toast.classList.remove("shown"), 5000);
    }

    // The end

    async #leave() {
        const unsent = [...this.#chat.conversations.values()].some((one) => one.pending.length > 0);
        const question = unsent
            ? "Some messages are not sent yet. Leave anyway?"
            : "Leave the chat? This browser then forgets your name and what you have read.";
        if (!confirm(question)) return;
        this.#chat.forget();
        await this.#chat.connection.leave();
    }

    #end(why) {
        clearInterval(this.#countdown);
        clearTimeout(this.#updateTimer);
        this.#chat.save();
        this.#lifetime.abort();
        this.#dialogs.closeAll();
        this.#talk.hide();
        byId("app").hidden = true;
        document.title = "Millpond";
        this.#onEnd(why, this.#identity);
    }
}

function conversationAt(chat, kind, encoded) {
    try {
        const id = decodeURIComponent(encoded);
        return kind === "u" && id === chat.account ? null : chat.conversation(kind, id);
    } catch {
        return null;
    }
}

function fitViewport() {
    const { height } = window.visualViewport;
    if (height < innerHeight - 80) byId("app").style.setProperty("height", `${height}px`);
    else byId("app").style.removeProperty("height");
    window.scrollTo(0, 0);
}

function socketAddress() {
    const url = new URL(".", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return url.href;
}

function lossText(why) {
    switch (why) {
        case "unreachable":
            return navigator.onLine ? "The server can’t be reached." : "You are offline.";
        case "restarting":
            return "The server is restarting.";
        case "full":
            return "The server is full.";
        case "refused":
            return "The server refused the connection.";
        default:
            return "The connection was lost.";
    }
}

const join = new JoinView((who) => enter(who));

function enter(who) {
    identity.keep(who);
    new Page(who, (why, ended) => leave(why, ended));
}

function leave(why, who) {
    switch (why) {
        case "unauthorized":
            identity.forget();
            join.show({ notice: "Your guest pass is no longer valid. Please enter again.", name: nameOf(who.account) });
            break;
        case "taken-over":
            identity.forgetHere();
            join.show({
                notice: `${nameOf(who.account)} is now in use in another tab or on another device.`,
                offerRemembered: false,
            });
            join.offer(who, `Use ${nameOf(who.account)} here`);
            break;
        default:
            identity.forget();
            if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search);
            join.show();
    }
}

const who = identity.current();
if (who) enter(who);
else join.show();
