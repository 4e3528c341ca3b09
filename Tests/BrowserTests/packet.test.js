import { decodePacket, encodeLogic, encodePing, encodePong, Flag, PacketError } from "/assets/packet.js";
import { equal, hex, test, throws } from "./harness.js";

test("packet: ping and pong", () => {
    equal(encodePing(), hex("c3 15 a7 65 00 01 00 00"));
    equal(encodePong(), hex("c3 15 a7 65 00 02 00 00"));
    equal(decodePacket(encodePing()), { kind: "ping" });
    equal(decodePacket(encodePong()), { kind: "pong" });
});

test("packet: a logic packet byte by byte", () => {
    const bytes = encodeLogic({ command: "a.b", sequence: 2, flag: Flag.request, dest: "x" }, hex("01 02 03"));
    equal(bytes, hex("c3 11 a3 65 00 00 00 0a 0a 03 61 2e 62 18 02 32 01 78 00 00 00 03 01 02 03"));
    const packet = decodePacket(bytes);
    equal(packet.header, {
        command: "a.b", channelId: "", sequence: 2, flag: 0, status: 0, dest: "x", meta: [],
    });
    equal(packet.body, hex("01 02 03"));
});

test("packet: a view into a larger buffer", () => {
    const whole = new Uint8Array(64);
    const bytes = encodeLogic({ command: "login.signin", sequence: 65535, flag: Flag.push }, hex("0a"));
    whole.set(bytes, 5);
    equal(decodePacket(whole.subarray(5, 5 + bytes.length)).header.sequence, 65535);
});

test("packet: metas are read", () => {
    const bytes = encodeLogic({ command: "c", meta: [{ key: "k", value: "v", type: 1 }] });
    equal(decodePacket(bytes).header.meta, [{ key: "k", value: "v", type: 1 }]);
});

test("packet: what is cut short or too long is refused", () => {
    const bytes = encodeLogic({ command: "chat.user.talk", sequence: 7, dest: "bob" }, hex("0a 01 61"));
    for (let length = 0; length < bytes.length; length += 1) {
        throws(Error, () => decodePacket(bytes.slice(0, length)));
    }
    throws(PacketError, () => decodePacket(Uint8Array.from([...bytes, 0])));
});

test("packet: lengths that lie and unknown magic are refused", () => {
    for (const bad of [
        "c3 11 a3 65 ff ff ff ff 00 00 00 00", "c3 11 a3 65 00 00 00 00 ff ff ff ff", "c3 15 a7 65 00 03 00 00",
        "c3 15 a7 65 00 01 00 05", "00 00 00 00 00 00 00 00", "47 45 54 20 2f 20 48 54",
    ]) {
        throws(PacketError, () => decodePacket(hex(bad)));
    }
});
