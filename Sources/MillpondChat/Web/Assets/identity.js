// Who the user is: a name with a guest token. Each tab keeps its own, so that two tabs can be two people; the browser
// remembers the last one, to offer it in a new tab.

const KEY = "millpond.identity";

/** The server refused a name. `reason`: "invalid", "limited", "full" or "unreachable". */
export class GuestError extends Error {
    name = "GuestError";
    constructor(reason, message) {
        super(message);
        this.reason = reason;
    }
}

/** The identity of this tab, or null. */
export const current = () => read(sessionStorage);

/** The identity last used in this browser, or null. */
export const remembered = () => read(localStorage);

export function keep(identity) {
    write(sessionStorage, identity);
    write(localStorage, identity);
}

/** Forgets the identity in this tab and, if it is the remembered one, in the browser. */
export function forget() {
    const account = current()?.account;
    write(sessionStorage, null);
    if (remembered()?.account === account) write(localStorage, null);
}

/** Forgets it in this tab only: it may be in use in another. */
export const forgetHere = () => write(sessionStorage, null);

/** Asks the server for a guest of that name. Throws GuestError. */
export async function requestGuest(name) {
    let response;
    try {
        response = await fetch("api/guest", {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ name }),
            signal: AbortSignal.timeout(15_000),
        });
    } catch {
        throw new GuestError("unreachable", "The server can’t be reached. Check your connection and try again.");
    }
    if (!response.ok) throw await refusal(response);
    const { account, token, expires } = await response.json();
    return { account, token, expires };
}

async function refusal(response) {
    let said = "";
    try {
        const { message, error } = await response.json();
        said = String(message ?? error ?? "");
    } catch {
        // No explanation in the body.
    }
    switch (response.status) {
        case 400:
        case 413:
        case 422:
            return new GuestError("invalid", "That name can’t be used: it needs letters or digits.");
        case 429: {
            const seconds = Number(response.headers.get("Retry-After"));
            const when = seconds > 0 ? `in ${seconds} second${seconds === 1 ? "" : "s"}` : "in a moment";
            return new GuestError("limited", `Too many new names from your network. Try again ${when}.`);
        }
        case 503:
            return new GuestError("full", "The server is full right now. Try again in a moment.");
        default:
            return new GuestError("unreachable", said || `The server answered with an error (${response.status}).`);
    }
}

function read(storage) {
    try {
        const identity = JSON.parse(storage.getItem(KEY));
        if (typeof identity?.account !== "string" || typeof identity?.token !== "string") return null;
        const expires = typeof identity.expires === "string" ? Date.parse(identity.expires) / 1000 : identity.expires;
        return expires > 0 && expires * 1000 < Date.now() ? null : identity;
    } catch {
        return null;
    }
}

function write(storage, identity) {
    try {
        if (identity) storage.setItem(KEY, JSON.stringify(identity));
        else storage.removeItem(KEY);
    } catch {
        // Storage is full or forbidden: the identity lasts as long as the page.
    }
}
