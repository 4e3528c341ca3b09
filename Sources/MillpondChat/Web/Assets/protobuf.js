// A small protobuf codec: as much of proto3 as the chat protocol uses.
//
// A message type is an object from field name to [number, kind] or [number, kind, "repeated"], where kind is "string",
// "bool", "int32", "uint32", "int64" (a BigInt) or another message type:
//
//     const MessageReq = { type: [1, "int32"], body: [2, "string"], extra: [3, "string"] };
//
// Encoding leaves out fields with their default value. Decoding fills them in, skips unknown fields, and throws
// ProtobufError for bytes that are no message.

export class ProtobufError extends Error {
    name = "ProtobufError";
}

const VARINT = 0, FIXED64 = 1, DELIMITED = 2, FIXED32 = 5;
const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder();

const scalars = {
    string: { wire: DELIMITED, zero: "" },
    bool: { wire: VARINT, zero: false, fromVarint: (value) => value !== 0n, toVarint: (value) => (value ? 1n : 0n) },
    int32: {
        wire: VARINT,
        zero: 0,
        fromVarint: (value) => Number(BigInt.asIntN(32, value)),
        toVarint: (value) => BigInt.asUintN(64, BigInt(value | 0)),
    },
    uint32: {
        wire: VARINT,
        zero: 0,
        fromVarint: (value) => Number(BigInt.asUintN(32, value)),
        toVarint: (value) => BigInt(value >>> 0),
    },
    int64: {
        wire: VARINT,
        zero: 0n,
        fromVarint: (value) => BigInt.asIntN(64, value),
        toVarint: (value) => BigInt.asUintN(64, BigInt(value)),
    },
};

/** The message's bytes, a Uint8Array. Fields that are missing, undefined or default are left out. */
export function encode(type, message) {
    const out = [];
    appendMessage(out, type, message);
    return Uint8Array.from(out);
}

/** The message in the bytes, every field of the type filled in. Throws ProtobufError. */
export function decode(type, bytes) {
    const message = {};
    const fields = new Map();
    for (const [name, [number, kind, repeated]] of Object.entries(type)) {
        fields.set(number, { name, kind, repeated: repeated === "repeated" });
        message[name] = repeated === "repeated" ? [] : typeof kind === "string" ? scalars[kind].zero : null;
    }
    const reader = new Reader(bytes);
    while (!reader.atEnd) {
        const key = reader.varint();
        const number = Number(key >> 3n), wire = Number(key & 7n);
        if (number === 0) throw new ProtobufError("field number 0");
        const field = fields.get(number);
        const scalar = field && typeof field.kind === "string" ? scalars[field.kind] : null;
        if (!field) {
            reader.skip(wire);
        } else if (scalar && scalar.fromVarint && wire === DELIMITED && field.repeated) {
            const packed = new Reader(reader.delimited());
            while (!packed.atEnd) message[field.name].push(scalar.fromVarint(packed.varint()));
        } else if (wire !== (scalar ? scalar.wire : DELIMITED)) {
            reader.skip(wire);
        } else {
            const value = readValue(reader, field.kind, scalar);
            if (field.repeated) message[field.name].push(value);
            else message[field.name] = value;
        }
    }
    return message;
}

function readValue(reader, kind, scalar) {
    if (!scalar) return decode(kind, reader.delimited());
    if (scalar.fromVarint) return scalar.fromVarint(reader.varint());
    return utf8Decoder.decode(reader.delimited());
}

function appendMessage(out, type, message) {
    for (const [name, [number, kind, repeated]] of Object.entries(type)) {
        const value = message[name];
        if (value === undefined || value === null) continue;
        const scalar = typeof kind === "string" ? scalars[kind] : null;
        if (repeated !== "repeated") {
            if (!scalar || value !== scalar.zero) appendField(out, number, kind, scalar, value);
        } else if (scalar && scalar.toVarint) {
            const packed = [];
            for (const element of value) appendVarint(packed, scalar.toVarint(element));
            if (packed.length > 0) appendDelimited(out, number, packed);
        } else {
            for (const element of value) appendField(out, number, kind, scalar, element);
        }
    }
}

function appendField(out, number, kind, scalar, value) {
    if (scalar && scalar.toVarint) {
        appendVarint(out, BigInt(number << 3 | VARINT));
        appendVarint(out, scalar.toVarint(value));
    } else if (scalar) {
        appendDelimited(out, number, utf8Encoder.encode(value));
    } else {
        const nested = [];
        appendMessage(nested, kind, value);
        appendDelimited(out, number, nested);
    }
}

function appendDelimited(out, number, bytes) {
    appendVarint(out, BigInt(number << 3 | DELIMITED));
    appendVarint(out, BigInt(bytes.length));
    for (const byte of bytes) out.push(byte);
}

function appendVarint(out, value) {
    while (value > 127n) {
        out.push(Number(value & 127n) | 128);
        value >>= 7n;
    }
    out.push(Number(value));
}

class Reader {
    constructor(bytes) {
        this.bytes = bytes;
        this.offset = 0;
    }

    get atEnd() {
        return this.offset === this.bytes.length;
    }

    /** The next varint as an unsigned BigInt of 64 bits. */
    varint() {
        let value = 0n;
        for (let shift = 0n; shift < 70n; shift += 7n) {
            if (this.atEnd) throw new ProtobufError("a varint ends early");
            const byte = this.bytes[this.offset++];
            value |= BigInt(byte & 127) << shift;
            if (byte < 128) return BigInt.asUintN(64, value);
        }
        throw new ProtobufError("a varint is longer than ten bytes");
    }

    delimited() {
        const length = this.varint();
        if (length > BigInt(this.bytes.length - this.offset)) throw new ProtobufError("a field ends early");
        return this.take(Number(length));
    }

    take(count) {
        if (count > this.bytes.length - this.offset) throw new ProtobufError("a field ends early");
        this.offset += count;
        return this.bytes.subarray(this.offset - count, this.offset);
    }

    skip(wire) {
        if (wire === VARINT) this.varint();
        else if (wire === FIXED64) this.take(8);
        else if (wire === DELIMITED) this.delimited();
        else if (wire === FIXED32) this.take(4);
        else throw new ProtobufError(`wire type ${wire}`);
    }
}
