// The list at the side: one's own name, conversations with what is unread, and who is here now.

import { LOBBY } from "./chat.js";
import { avatar, byId, byName, element, hiddenText, paintAvatar, personName, reconcile, shortTime } from "./dom.js";
import { nameOf, splitAccount } from "./names.js";

const FILTER_FROM = 8;
const SHOWN_PEOPLE = 200;

export const hashOf = (kind, id) => `#/${kind}/${encodeURIComponent(id)}`;

export class SideView {
    #chat;
    #rows = new Map();
    #people = new Map();

    constructor(chat, signal) {
        this.#chat = chat;
        const { name, tag } = splitAccount(chat.account);
        byId("me-name").textContent = name;
        byId("me-tag").textContent = tag;
        paintAvatar(byId("me-avatar"), chat.account);
        byId("people-filter").value = "";
        byId("people-filter").addEventListener("input", () => this.showPeople(), { signal });
        this.showConversations();
        this.showPeople();
    }

    showConversations() {
        const { current } = this.#chat;
        const listed = [...this.#chat.conversations.values()].filter((one) =>
            one === current || one.unread.size > 0 || (one.isGroup ? one.joined : one.lastActivity > 0));
        listed.sort((a, b) => rank(b) - rank(a) || a.title.localeCompare(b.title));
        reconcile(byId("conversations"), listed.map((conversation) => this.#row(conversation)));
    }

    /** Puts the focus on the conversation's row, where one came from. */
    focus(conversation) {
        this.#rows.get(conversation)?.link.focus();
    }

    showPeople() {
        const chat = this.#chat;
        const wanted = byId("people-filter").value.trim().toLocaleLowerCase();
        const others = [...chat.online].filter((account) => account !== chat.account);
        others.sort(byName);
        const found = others.filter((account) => account.toLocaleLowerCase().includes(wanted));
        byId("people-filter-row").hidden = others.length < FILTER_FROM && wanted === "";
        byId("people-count").textContent = others.length > 0 ? String(others.length) : "";
        reconcile(byId("people"), found.slice(0, SHOWN_PEOPLE).map((account) => this.#person(account)));
        const note = this.#peopleNote(others.length, found.length);
        byId("people-empty").hidden = note === "";
        byId("people-empty").textContent = note;
        for (const account of this.#people.keys()) if (!chat.online.has(account)) this.#people.delete(account);
        this.showConversations();
    }

    #peopleNote(others, found) {
        if (!this.#chat.knowsPresence) return "This server does not say who is online.";
        if (others === 0) return "Nobody else yet. Open this page in another tab, or send its address to a friend.";
        if (found === 0) return "Nobody here by that name.";
        return found > SHOWN_PEOPLE ? `And ${found - SHOWN_PEOPLE} more: type a part of the name.` : "";
    }

    #row(conversation) {
        let row = this.#rows.get(conversation);
        if (!row) {
            row = makeRow(conversation);
            this.#rows.set(conversation, row);
        }
        const chat = this.#chat;
        const latest = conversation.newest ?? conversation.summary;
        const unread = conversation.unread.size;
        row.title.textContent = conversation.title;
        row.time.textContent = latest ? shortTime(latest.time) : "";
        row.preview.textContent = preview(conversation, latest, chat.account);
        row.preview.classList.toggle("failed", latest?.state === "failed");
        row.badge.hidden = unread === 0;
        row.badge.replaceChildren(unread > 999 ? "999+" : String(unread), hiddenText(" unread"));
        row.link.classList.toggle("unread", unread > 0);
        row.picture.classList.toggle("online", !conversation.isGroup && chat.online.has(conversation.id));
        if (conversation === chat.current) row.link.setAttribute("aria-current", "page");
        else row.link.removeAttribute("aria-current");
        return row.item;
    }

    #person(account) {
        let item = this.#people.get(account);
        if (!item) {
            const picture = avatar(account);
            picture.classList.add("online");
            item = element("li", {}, element("a", { class: "row person", href: hashOf("u", account) },
                picture, personName(account)));
            this.#people.set(account, item);
        }
        return item;
    }
}

/** The newest first; the lobby, when nothing happened there, before what is as quiet. */
function rank(conversation) {
    return conversation.lastActivity || (conversation.isGroup && conversation.id === LOBBY ? 1 : 0);
}

function makeRow(conversation) {
    const title = element("span", { class: "row-title" });
    const tag = conversation.isGroup ? "" : splitAccount(conversation.id).tag;
    const time = element("span", { class: "row-time" });
    const preview = element("span", { class: "row-preview" });
    const badge = element("span", { class: "badge", hidden: true });
    const picture = avatar(conversation.id, conversation.isGroup);
    const link = element("a", { class: "row", href: hashOf(conversation.kind, conversation.id) },
        picture,
        element("span", { class: "row-text" },
            element("span", { class: "row-line" },
                element("span", { class: "named" }, title, tag === "" ? null : element("span", { class: "tag" }, tag)),
                time),
            element("span", { class: "row-line" }, preview, badge)));
    return { item: element("li", {}, link), link, title, time, preview, badge, picture };
}

function preview(conversation, latest, account) {
    if (!latest) return conversation.isGroup && conversation.id === LOBBY ? "Everybody is here" : "No messages yet";
    if (latest.state === "failed") return "Not sent";
    const text = latest.body.replace(/\s+/gu, " ").slice(0, 120);
    if (latest.sender === account) return `You: ${text}`;
    return conversation.isGroup ? `${nameOf(latest.sender)}: ${text}` : text;
}
