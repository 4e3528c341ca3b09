// What an account is called. A guest's account is the chosen name, words joined by dashes, and six letters by chance
// that tell people of the same name apart: "Ann-Weir-x7k2mq" is shown as "Ann Weir" with the tag "x7k2mq".

const GUEST = /^(.+)-([a-z2-9]{6})$/u;

/** An account as { name, tag }; the tag is empty for accounts that are no guest's. */
export function splitAccount(account) {
    const match = GUEST.exec(account);
    return match ? { name: match[1].replaceAll("-", " "), tag: match[2] } : { name: account, tag: "" };
}

export const nameOf = (account) => splitAccount(account).name;
