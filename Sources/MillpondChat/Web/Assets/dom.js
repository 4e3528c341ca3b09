// Small helpers for building the page. Text only ever goes in through textContent.

import { nameOf, splitAccount } from "./names.js";

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

/** An element with attributes (a property where there is one) and children: elements, texts, or null for none. */
export function element(name, attributes = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
        if (value === null || value === undefined || value === false) continue;
        if (key === "class") node.className = value;
        else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
        else node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null));
    return node;
}

/** One of the icons that the page carries. */
export function icon(name) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(SVG, "use");
    use.setAttribute("href", `#icon-${name}`);
    svg.append(use);
    return svg;
}

/** Makes the element an avatar: initials, or a sign for a group, in a colour that follows from the id. */
export function paintAvatar(node, id, isGroup = false) {
    let hash = 0x811c9dc5;
    for (const character of id) hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193) >>> 0;
    node.style.setProperty("--hue", String(hash % 360));
    node.classList.toggle("of-group", isGroup);
    if (isGroup) node.replaceChildren(icon("group"));
    else node.textContent = initials(nameOf(id));
}

export function avatar(id, isGroup = false) {
    const node = element("span", { class: "avatar", "aria-hidden": "true" });
    paintAvatar(node, id, isGroup);
    return node;
}

function initials(name) {
    const words = name.split(/[\s._-]+/u).filter((word) => word !== "");
    const letters = words.length > 1 ? [words[0], words[words.length - 1]] : words;
    return letters.map((word) => [...word][0]).join("").toUpperCase() || "?";
}

/** A person's name, and the tag that tells people of the same name apart, as an element of the class. */
export function personName(account, className = "row-title", note = "") {
    const { name, tag } = splitAccount(account);
    return element("span", { class: "named" },
        element("span", { class: className }, name + note),
        tag === "" ? null : element("span", { class: "tag" }, tag));
}

/** The order of names in a list. */
export const byName = new Intl.Collator(undefined, { sensitivity: "base", numeric: true }).compare;

/** Text for screen readers only. */
export const hiddenText = (text) => element("span", { class: "hidden-text" }, text);

const LINK = /\bhttps?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}]/giu;

/** The text with its web addresses as links. */
export function linked(text) {
    const nodes = [];
    let end = 0;
    for (const match of text.matchAll(LINK)) {
        nodes.push(text.slice(end, match.index));
        nodes.push(element("a", { href: match[0], target: "_blank", rel: "noopener noreferrer" }, match[0]));
        end = match.index + match[0].length;
    }
    nodes.push(text.slice(end));
    return nodes.filter((node) => node !== "");
}

/** Makes the parent's children be exactly these, moving and keeping those that are there already. */
export function reconcile(parent, nodes) {
    let next = parent.firstChild;
    for (const node of nodes) {
        if (node === next) next = next.nextSibling;
        else parent.insertBefore(node, next);
    }
    while (next) {
        const following = next.nextSibling;
        next.remove();
        next = following;
    }
}

const timeFormat = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const weekdayFormat = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const dateFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const exactFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

export const clockTime = (time) => timeFormat.format(time);
export const exactTime = (time) => exactFormat.format(time);

const startOfDay = (time) => new Date(time).setHours(0, 0, 0, 0);
const daysAgo = (time, now) => Math.round((startOfDay(now) - startOfDay(time)) / 86_400_000);

/** A time as a list shows it: the clock today, the weekday this week, then the date. */
export function shortTime(time, now = Date.now()) {
    const days = daysAgo(time, now);
    if (days <= 0) return timeFormat.format(time);
    return days < 7 ? weekdayFormat.format(time) : dateFormat.format(time);
}

/** A day as the line between two days shows it. */
export function dayName(time, now = Date.now()) {
    const days = daysAgo(time, now);
    if (days === 0) return "Today";
    return days === 1 ? "Yesterday" : dayFormat.format(time);
}

export const isSameDay = (a, b) => startOfDay(a) === startOfDay(b);
