// A few lines of test harness: `test` collects, `run` runs them and says what failed.

const tests = [];

export function test(name, body) {
    tests.push({ name, body });
}

export function equal(actual, expected, what = "") {
    const [a, b] = [show(actual), show(expected)];
    if (a !== b) throw new Error(`${what ? `${what}: ` : ""}got ${a}, expected ${b}`);
}

export function throws(type, body) {
    try {
        body();
    } catch (error) {
        if (error instanceof type) return error;
        throw error;
    }
    throw new Error(`expected ${type.name}`);
}

/** Runs all tests. Returns [{ name, error }], error null for those that passed. */
export async function run() {
    const results = [];
    for (const { name, body } of tests) {
        let error = null;
        try {
            await body();
        } catch (thrown) {
            error = String(thrown.stack ?? thrown);
        }
        results.push({ name, error });
    }
    return results;
}

export const hex = (text) => Uint8Array.from(text.split(" ").filter(Boolean).map((byte) => Number.parseInt(byte, 16)));

/** Lets everything that is ready run. */
export const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

function show(value) {
    if (value instanceof Uint8Array) return [...value].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    return JSON.stringify(value, (key, inner) => (typeof inner === "bigint" ? `${inner}n` : inner));
}
