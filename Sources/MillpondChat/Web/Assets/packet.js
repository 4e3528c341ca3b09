// The packets of the chat protocol. Integers are big-endian.
//
//     logic packet   C3 11 A3 65   u32 header length, header (protobuf), u32 body length, body (protobuf by command)
//     basic packet   C3 15 A7 65   u16 code, u16 length, body

import { decode, encode } from "./protobuf.js";

const LOGIC_MAGIC = 0xc311a365;
const BASIC_MAGIC = 0xc315a765;
const PING = 1, PONG = 2;

export class PacketError extends Error {
    name = "PacketError";
}

export const Flag = Object.freeze({ request: 0, response: 1, push: 2 });

export const Status = Object.freeze({
    success: 0,
    noDestination: 100,
    invalidBody: 101,
    invalidCommand: 103,
    unauthorized: 105,
    systemException: 300,
    notImplemented: 301,
    sessionNotFound: 404,
});

const Meta = { key: [1, "string"], value: [2, "string"], type: [3, "int32"] };

const Header = {
    command: [1, "string"],
    channelId: [2, "string"],
    sequence: [3, "uint32"],
    flag: [4, "int32"],
    status: [5, "int32"],
    dest: [6, "string"],
    meta: [7, Meta, "repeated"],
};

/** The bytes of a logic packet: a header as an object, and a body as bytes. */
export function encodeLogic(header, body = new Uint8Array(0)) {
    const head = encode(Header, header);
    const bytes = new Uint8Array(12 + head.length + body.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, LOGIC_MAGIC);
    view.setUint32(4, head.length);
    bytes.set(head, 8);
    view.setUint32(8 + head.length, body.length);
    bytes.set(body, 12 + head.length);
    return bytes;
}

export const encodePing = () => encodeBasic(PING);
export const encodePong = () => encodeBasic(PONG);

function encodeBasic(code) {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, BASIC_MAGIC);
    view.setUint16(4, code);
    return bytes;
}

/**
 * The packet in a message: { kind: "ping" }, { kind: "pong" } or { kind: "logic", header, body }.
 * Throws PacketError or ProtobufError.
 */
export function decodePacket(bytes) {
    if (bytes.length < 8) throw new PacketError("a packet of fewer than 8 bytes");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    switch (view.getUint32(0)) {
        case LOGIC_MAGIC:
            return decodeLogic(bytes, view);
        case BASIC_MAGIC: {
            const code = view.getUint16(4);
            if (bytes.length !== 8 + view.getUint16(6)) throw new PacketError("a basic packet of the wrong length");
            if (code !== PING && code !== PONG) throw new PacketError(`basic packet ${code}`);
            return { kind: code === PING ? "ping" : "pong" };
        }
        default:
            throw new PacketError("not a packet");
    }
}

function decodeLogic(bytes, view) {
    const headLength = view.getUint32(4);
    if (headLength > bytes.length - 12) throw new PacketError("a header longer than its packet");
    const bodyLength = view.getUint32(8 + headLength);
    if (bodyLength !== bytes.length - 12 - headLength) throw new PacketError("a body of the wrong length");
    return {
        kind: "logic",
        header: decode(Header, bytes.subarray(8, 8 + headLength)),
        body: bytes.subarray(12 + headLength),
    };
}
