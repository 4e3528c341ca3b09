import { decode, encode, ProtobufError } from "/assets/protobuf.js";
import { equal, hex, test, throws } from "./harness.js";

const Inner = { name: [1, "string"], on: [2, "bool"] };
const All = {
    text: [1, "string"],
    small: [2, "int32"],
    unsigned: [3, "uint32"],
    big: [4, "int64"],
    flag: [5, "bool"],
    inner: [6, Inner],
    names: [7, "string", "repeated"],
    ids: [8, "int64", "repeated"],
    inners: [16, Inner, "repeated"],
};

const empty = { text: "", small: 0, unsigned: 0, big: 0n, flag: false, inner: null, names: [], ids: [], inners: [] };

test("protobuf: known encodings", () => {
    equal(encode(All, { text: "abc" }), hex("0a 03 61 62 63"));
    equal(encode(All, { small: 150 }), hex("10 96 01"));
    equal(encode(All, { small: -1 }), hex("10 ff ff ff ff ff ff ff ff ff 01"));
    equal(encode(All, { unsigned: 4294967295 }), hex("18 ff ff ff ff 0f"));
    equal(encode(All, { big: 9223372036854775807n }), hex("20 ff ff ff ff ff ff ff ff 7f"));
    equal(encode(All, { big: -9223372036854775808n }), hex("20 80 80 80 80 80 80 80 80 80 01"));
    equal(encode(All, { ids: [1n, 300n] }), hex("42 03 01 ac 02"));
    equal(encode(All, { names: ["a", "", "b"] }), hex("3a 01 61 3a 00 3a 01 62"));
    equal(encode(All, { inners: [{ name: "é", on: true }] }), hex("82 01 06 0a 02 c3 a9 10 01"));
});

test("protobuf: defaults are left out and filled in", () => {
    equal(encode(All, empty), new Uint8Array(0));
    equal(decode(All, new Uint8Array(0)), empty);
});

test("protobuf: what was encoded is decoded", () => {
    const message = {
        text: "naïve 漢字 🌊", small: -2147483648, unsigned: 4000000000, big: 1732176000123456789n, flag: true,
        inner: { name: "x", on: true }, names: ["", "two"], ids: [0n, -1n, 1n << 62n],
        inners: [{ name: "", on: false }, { name: "last", on: true }],
    };
    equal(decode(All, encode(All, message)), message);
});

test("protobuf: unknown fields are skipped, of every wire type", () => {
    const bytes = hex("f8 07 05 f9 07 1 2 3 4 5 6 7 8 fa 07 02 61 62 fd 07 1 2 3 4 0a 01 7a");
    equal(decode(All, bytes), { ...empty, text: "z" });
});

test("protobuf: repeated numbers come packed or not, the last of a single field counts", () => {
    equal(decode(All, hex("40 01 42 02 02 03 40 04")).ids, [1n, 2n, 3n, 4n]);
    equal(decode(All, hex("10 01 10 02")).small, 2);
});

test("protobuf: what is cut short is refused at every length", () => {
    const bytes = encode(All, { text: "hello", big: 1n << 60n, inners: [{ name: "inner", on: true }] });
    const ends = new Set([0, 7, 17]);
    for (let length = 0; length < bytes.length; length += 1) {
        const cut = bytes.slice(0, length);
        if (ends.has(length)) decode(All, cut);
        else throws(ProtobufError, () => decode(All, cut));
    }
});

test("protobuf: malformed bytes are refused", () => {
    const tooLong = "20 ff ff ff ff ff ff ff ff ff ff 01";
    for (const bad of ["00 01", "0b", "0c", "0e", tooLong, "0a ff ff ff ff ff 7f", "32 02 0a 05"]) {
        throws(ProtobufError, () => decode(All, hex(bad)));
    }
});

test("protobuf: random bytes are decoded or refused, nothing else", () => {
    let seed = 42;
    const random = () => (seed = Math.imul(seed, 1664525) + 1013904223 >>> 0) >>> 8;
    for (let round = 0; round < 5000; round += 1) {
        const bytes = Uint8Array.from({ length: random() % 40 }, () => random());
        try {
            decode(All, bytes);
        } catch (error) {
            if (!(error instanceof ProtobufError)) throw error;
        }
    }
});
