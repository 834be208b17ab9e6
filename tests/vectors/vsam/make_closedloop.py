#!/usr/bin/env python3
"""Writes sl3.jsonl and desfire.jsonl of this folder: run it there, without arguments.

A second implementation, of the card's and the terminal's side: AES (FIPS 197), CMAC (NIST SP 800-38B), the secure
messaging of MIFARE Plus at security level 3 (facts as of Proxmark3's client/src/mifare/mifare4.c and
liblogicalaccess' MifarePlusSL3Auth.cpp) and DESFire's session keys (NXP AN12343, AN12196). It shares nothing with the
library. Published examples are checked before anything is written. Keys and challenges are made here from a fixed seed.
"""
import json
import random

RANDOM = random.Random(20261125)
SOURCE = "make_closedloop.py: both sides in Python"


# --- AES-128 and CMAC

def build_sbox():
    sbox, p, q = [0] * 256, 1, 1
    while True:
        p = p ^ (p << 1 & 0xFF) ^ (0x1B if p & 0x80 else 0)
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 0xFF
        if q & 0x80:
            q ^= 0x09
        rotations = q
        for n in range(1, 5):
            rotations ^= (q << n | q >> (8 - n)) & 0xFF
        sbox[p] = rotations ^ 0x63
        if p == 1:
            break
    sbox[0] = 0x63
    return sbox


SBOX = build_sbox()
INVERSE = [SBOX.index(i) for i in range(256)]


def times(a, b):
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = a << 1 ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def round_keys(key):
    words = [key[i:i + 4] for i in range(0, 16, 4)]
    rcon = 1
    for i in range(4, 44):
        word = words[i - 1]
        if i % 4 == 0:
            word = bytes(SBOX[b] for b in word[1:] + word[:1])
            word = bytes([word[0] ^ rcon]) + word[1:]
            rcon = times(rcon, 2)
        words.append(bytes(a ^ b for a, b in zip(words[i - 4], word)))
    return [b"".join(words[i:i + 4]) for i in range(0, 44, 4)]


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def mix(state, factors):
    out = []
    for c in range(0, 16, 4):
        for r in range(4):
            value = 0
            for i in range(4):
                value ^= times(state[c + i], factors[(i - r) % 4])
            out.append(value)
    return bytes(out)


def encrypt_block(key, block):
    keys = round_keys(key)
    state = xor(block, keys[0])
    for n in range(1, 11):
        state = bytes(SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16))
        if n < 10:
            state = mix(state, (2, 3, 1, 1))
        state = xor(state, keys[n])
    return state


def decrypt_block(key, block):
    keys = round_keys(key)
    state = block
    for n in range(10, 0, -1):
        state = xor(state, keys[n])
        if n < 10:
            state = mix(state, (14, 11, 13, 9))
        state = bytes(INVERSE[state[(i - 4 * (i % 4)) % 16]] for i in range(16))
    return xor(state, keys[0])


ZERO = bytes(16)


def encrypt(key, data, iv=ZERO):
    out = b""
    for i in range(0, len(data), 16):
        iv = encrypt_block(key, xor(data[i:i + 16], iv))
        out += iv
    return out


def cmac(key, message):
    def double(block):
        number = int.from_bytes(block, "big") << 1
        return (number ^ (0x87 | 1 << 128 if number >> 128 else 0)).to_bytes(16, "big")

    k1 = double(encrypt_block(key, ZERO))
    if message and len(message) % 16 == 0:
        last = xor(message[-16:], k1)
        message = message[:-16]
    else:
        tail = message[len(message) // 16 * 16:]
        message = message[:len(message) - len(tail)]
        last = xor((tail + b"\x80").ljust(16, b"\0"), double(k1))
    return encrypt(key, message + last)[-16:]


def cut_cmac(key, message):
    return cmac(key, message)[1::2]


def check_published():
    key = bytes.fromhex("000102030405060708090a0b0c0d0e0f")  # FIPS 197, C.1
    plain = bytes.fromhex("00112233445566778899aabbccddeeff")
    cipher = bytes.fromhex("69c4e0d86a7b0430d8cdb78070b4c55a")
    assert encrypt_block(key, plain) == cipher and decrypt_block(key, cipher) == plain
    key = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")  # RFC 4493, 4
    assert cmac(key, b"").hex() == "bb1d6929e95937287fa37d129b756746"
    message = bytes.fromhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411")
    assert cmac(key, message[:16]).hex() == "070a16b46b4d4144f79bdd9dd04a287c"
    assert cmac(key, message).hex() == "dfa66747de9ae63030ca32611497c827"


# --- MIFARE Plus, security level 3

def random_bytes(count):
    return bytes(RANDOM.getrandbits(8) for _ in range(count))


def rotated(block):
    return block[1:] + block[:1]


def two(number):
    return number.to_bytes(2, "little")


def hexed(data):
    return data.hex().upper()


class Card:
    """A conversation with a card, as both sides see it."""

    def __init__(self, keys, rnd_a=None):
        self.keys, self.rnd_a = keys, rnd_a or random_bytes(16)
        self.script, self.sessions, self.blocks = [], [], {}
        self.checked = self.failed = 0

    def say(self, command, answer):
        self.script.append([hexed(command), hexed(answer)])

    def authenticate(self, key_block, first=True, capabilities=b"\x00", card_key=None):
        key = card_key or self.keys[key_block]
        rnd_b = random_bytes(16)
        opening = b"\x70" + two(key_block) + bytes([len(capabilities)]) + capabilities if first else b"\x76" + two(key_block)
        self.say(opening, b"\x90" + encrypt(key, rnd_b))
        if first:
            self.ti, self.reads, self.writes = random_bytes(4), 0, 0
        proof = self.ti + rotated(self.rnd_a) + bytes(12) if first else rotated(self.rnd_a)
        self.say(b"\x72" + encrypt(key, self.rnd_a + rotated(rnd_b)), b"\x90" + encrypt(key, proof))
        a, b = self.rnd_a, rnd_b
        self.kenc = encrypt_block(key, a[11:16] + b[11:16] + xor(a[4:9], b[4:9]) + b"\x11")
        self.kmac = encrypt_block(key, a[7:12] + b[7:12] + xor(a[0:5], b[0:5]) + b"\x22")
        self.sessions.append({"ti": hexed(self.ti), "kenc": hexed(self.kenc), "kmac": hexed(self.kmac)})
        return self

    def mac(self, head, counter, rest):
        self.checked += 1
        return cut_cmac(self.kmac, bytes([head]) + two(counter) + self.ti + rest)

    def counters(self):
        return (two(self.reads) + two(self.writes)) * 3

    def read(self, block, data, code=0x31, numbers=None, flip_command=None, flip_answer=None):
        count = len(data) // 16
        place = two(block) + bytes([count])
        command = bytes([code]) + place
        if not code & 4:
            command += self.mac(code, self.reads, place)
        self.reads += 1
        sent = data if code & 2 else encrypt(self.kenc, data, self.counters() + self.ti)
        answer = b"\x90" + sent
        if code & 1:
            answer += self.mac(0x90, self.reads, place + sent)
        self.say(flipped(command, flip_command), flipped(answer, flip_answer))
        self.failed += (flip_command is not None) + (flip_answer is not None)
        if code & 1 and flip_answer is None:
            for i, number in enumerate(numbers or range(block, block + count)):
                self.blocks[str(number)] = hexed(data[16 * i:16 * i + 16])
        return self

    def change(self, code, operands, flip_answer=None):
        command = bytes([code]) + operands + self.mac(code, self.writes, operands)
        self.writes += 1
        answer = b"\x90" + (self.mac(0x90, self.writes, b"") if code & 1 else b"")
        self.say(command, flipped(answer, flip_answer))
        self.failed += flip_answer is not None
        return self

    def sealed(self, data):
        return encrypt(self.kenc, data, self.ti + self.counters())

    def write(self, block, data, code=0xA1, flip_answer=None):
        self.change(code, two(block) + (data if code & 2 else self.sealed(data)), flip_answer)
        if code & 1 and flip_answer is None:
            for i in range(0, len(data), 16):
                self.blocks[str(block + i // 16)] = hexed(data[i:i + 16])
        return self

    def value(self, code, blocks, amount=None):
        operands = b"".join(two(block) for block in blocks)
        if amount is not None:
            operands += self.sealed((amount.to_bytes(4, "little", signed=True) + b"\x80").ljust(16, b"\0"))
        return self.change(code, operands)

    def question(self):
        return {"keys": {f"{number:04X}": hexed(key) for number, key in self.keys.items()},
                "rnd_a": hexed(self.rnd_a), "script": self.script}

    def answer(self):
        return {"sessions": self.sessions, "blocks": self.blocks, "macs_checked": self.checked,
                "macs_failed": self.failed}


def flipped(data, bit):
    if bit is None:
        return data
    return data[:bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1:]


def sl3_lines():
    lines = []
    keys = {0x4000: random_bytes(16), 0x4001: random_bytes(16), 0x4002: random_bytes(16), 0x4040: random_bytes(16)}
    block = [random_bytes(16) for _ in range(6)]

    def add(name, expectation, card, **more):
        lines.append({"id": name, "op": "vsam.sl3.replay", "group": "sl3", "source": SOURCE,
                      "in": {**card.question(), **more}, **expectation})

    def good(name, card):
        add(name, {"expect": {"ok": card.answer()}}, card)

    def bad(name, code, card, pair=None, **more):
        error = {"code": code} if pair is None else {"code": code, "where": f"in.script: pair {pair}"}
        add(name, {"expect": {"error": error}}, card, **more)

    def card(key_block=0x4000, **options):
        return Card(keys).authenticate(key_block, **options)

    good("nothing but an authentication", card())
    good("no capabilities", card(capabilities=b""))
    good("six capabilities", card(capabilities=bytes(6)))
    good("encrypted read", card().read(1, block[0]))
    good("plain read", card().read(1, block[0], 0x33))
    good("three encrypted reads: the counter goes into IV and MAC",
         card().read(0, block[0]).read(1, block[1]).read(2, block[2]))
    good("several blocks in one read", card().read(0, block[0] + block[1] + block[2]))
    good("a read over a sector trailer leaves it out",
         card().read(2, block[0] + block[1] + block[2], numbers=(2, 4, 5)))
    good("a large sector", card(0x4040).read(140, block[0] + block[1] + block[2], numbers=(140, 141, 142)))
    good("a read of the trailer alone", card().read(3, block[0]))
    good("no MAC on the command", card().read(1, block[0], 0x35).read(2, block[1], 0x37))
    good("no MAC on the answer: not listed", card().read(1, block[0], 0x30).read(2, block[1], 0x32))
    good("no MAC at all: none checked", card().read(1, block[0], 0x34).read(2, block[1], 0x36))
    good("encrypted write", card().write(1, block[0]))
    good("plain write", card().write(1, block[0], 0xA3))
    good("write of two blocks", card().write(1, block[0] + block[1]))
    good("writes without MAC on the answer: not listed", card().write(1, block[0], 0xA0).write(2, block[1], 0xA2))
    good("write, then read back", card().write(1, block[0]).read(1, block[0]).write(1, block[1]).read(1, block[1]))
    good("reads and writes count apart",
         card().read(0, block[0]).read(1, block[1]).write(2, block[2]).read(2, block[2]).write(1, block[3]))
    good("value operations",
         card(0x4001).value(0xB1, [1], 50).value(0xB5, [1]).value(0xB3, [1], 7).value(0xB5, [2]).value(0xC3, [1])
         .value(0xB5, [2]).value(0xB7, [1, 2], 5).value(0xB9, [2, 1], 1100).read(1, block[0]))
    good("value operations without MAC on the answer", card(0x4001).value(0xB0, [1], 50).value(0xB4, [1])
         .value(0xB2, [1], 1).value(0xB6, [1, 2], 2).value(0xB8, [1, 2], 3).value(0xC2, [1]).read(1, block[0]))
    good("a following authentication keeps TI and counters",
         card().read(0, block[0]).write(1, block[1]).authenticate(0x4002, first=False)
         .read(4, block[2]).write(5, block[3]))
    good("a second first authentication starts anew",
         card().read(0, block[0]).authenticate(0x4002).read(4, block[1]))

    good("command's MAC changed", card().read(1, block[0], flip_command=32))
    good("answer's MAC changed: not listed", card().read(1, block[0], flip_answer=8 * 17))
    good("answer's data changed: not listed", card().read(0, block[1]).read(1, block[0], flip_answer=8))
    for bit in (8 * 17, 8 * 24 + 7):
        changed = card().read(0, block[1]).read(1, block[0], flip_answer=bit)
        add(f"bit {bit} of an answer changed: the block is not in the answer",
            {"expect": {"ok": {"macs_checked": 4, "macs_failed": 1}},
             "expect_not": {"ok": {"blocks": {"1": hexed(block[0])}}}}, changed)
    good("a write's answer changed: not listed", card().write(1, block[0], flip_answer=8))
    swapped = card().read(0, block[0]).read(1, block[1])
    swapped.script[2][1], swapped.script[3][1] = swapped.script[3][1], swapped.script[2][1]
    swapped.failed, swapped.blocks = 2, {}
    good("answers of two reads exchanged", swapped)
    repeated = card().read(0, block[0])
    repeated.script.append(repeated.script[-1])
    repeated.checked, repeated.failed = 4, 2
    good("a read played again", repeated)
    refused = card().read(0, block[0])
    refused.say(bytes([0x31]) + two(8) + b"\x01" + refused.mac(0x31, refused.reads, two(8) + b"\x01"), b"\x06")
    good("a refused read", refused)
    other = Card(keys)
    other.say(b"\x60", b"\xAF04010122001805")
    good("other commands are passed over", other.authenticate(0x4000).read(1, block[0]))

    bad("the card has another key", "CARD_NOT_AUTHENTIC", card(card_key=random_bytes(16)), 1)
    bad("rnd_a is another", "CARD_NOT_AUTHENTIC", card(), 1, rnd_a="00" * 16)
    changed = card()
    changed.script[1][1] = hexed(flipped(bytes.fromhex(changed.script[1][1]), 70))
    bad("the card's proof changed", "CARD_NOT_AUTHENTIC", changed, 1)
    changed = card()
    changed.script[1][0] = hexed(flipped(bytes.fromhex(changed.script[1][0]), 250))
    bad("the terminal's proof changed", "CARD_NOT_AUTHENTIC", changed, 1)
    changed = card()
    changed.script[1][1] = "06"
    bad("the card refuses the proof", "CARD_NOT_AUTHENTIC", changed, 1)
    changed = card()
    changed.script[0][1] = "09"
    bad("the card refuses the key block", "CARD_NOT_AUTHENTIC", changed, 0)
    unknown = card()
    bad("no key for the key block", "BAD_REPLAY", unknown, 0, keys={"4001": hexed(keys[0x4001])})
    bad("EV1 secure messaging", "BAD_REPLAY", card(capabilities=b"\x01"), 0)
    changed = card().read(1, block[0])
    del changed.script[:2]
    bad("a read without a session", "BAD_REPLAY", changed, 0)
    changed = card()
    del changed.script[0]
    bad("a proof without a challenge", "BAD_REPLAY", changed, 0)
    changed = card().read(1, block[0])
    changed.script[2][1] = changed.script[2][1][:-2]
    bad("an answer cut", "BAD_REPLAY", changed, 2)
    changed = card().read(1, block[0])
    changed.script[2][0] = changed.script[2][0][:-2]
    bad("a command cut", "BAD_REPLAY", changed, 2)
    changed = card().read(1, block[0])
    changed.script[2][1] = "08"
    changed.script.append(changed.script[2])
    bad("a command after a refusal", "BAD_REPLAY", changed, 3)
    changed = card()
    changed.script.append(["", "90"])
    bad("an empty command", "BAD_REPLAY", changed, 2)
    bad("a key of 15 bytes", "BAD_VALUE", card(), keys={"4000": "00" * 15})
    bad("a key block of one byte", "BAD_VALUE", card(), keys={"40": "00" * 16})
    return lines


# --- DESFire

def ev2_keys(key, rnd_a, rnd_b):
    rest = rnd_a[:2] + xor(rnd_a[2:8], rnd_b[:6]) + rnd_b[6:] + rnd_a[8:]
    return tuple(cmac(key, label + bytes.fromhex("00010080") + rest) for label in (b"\xA5\x5A", b"\x5A\xA5"))


def ev1_key(rnd_a, rnd_b):
    return rnd_a[:4] + rnd_b[:4] + rnd_a[12:] + rnd_b[12:]


PUBLISHED = [
    ("NXP AN12343, AuthenticateEV2First", "00" * 16, "B04D0787C93EE0CC8CACC8E86F16C6FE",
     "FA659AD0DCA738DD65DC7DC38612AD81", "63DC07286289A7A6C0334CA31C314A04", "774F26743ECE6AF5033B6AE8522946F6"),
    ("NXP AN12196, AuthenticateEV2First", "00" * 16, "13C5DB8A5930439FC3DEF9A4C675360F",
     "B9E2FC789B64BF237CCCAA20EC7E6E48", "1309C877509E5A215007FF0ED19CA564", "4C6626F5E72EA694202139295C7A7FC7"),
]


def desfire_lines():
    lines = []

    def add(name, source, question, expectation):
        lines.append({"id": name, "op": "vsam.desfire.session", "group": "desfire", "source": source,
                      "in": question, "expect": expectation})

    for name, key, rnd_a, rnd_b, kenc, kmac in PUBLISHED:
        ours = ev2_keys(*(bytes.fromhex(text) for text in (key, rnd_a, rnd_b)))
        assert [hexed(k) for k in ours] == [kenc, kmac], name
        add(name, name, {"scheme": "ev2", "key": key, "rnd_a": rnd_a, "rnd_b": rnd_b, "ti": "9D00C4DF"},
            {"ok": {"kenc": kenc, "kmac": kmac}})
    for n in range(8):
        key, rnd_a, rnd_b, ti = (random_bytes(count) for count in (16, 16, 16, 4))
        question = {"key": hexed(key), "rnd_a": hexed(rnd_a), "rnd_b": hexed(rnd_b), "ti": hexed(ti)}
        kenc, kmac = ev2_keys(key, rnd_a, rnd_b)
        add(f"ev2 {n}", SOURCE, {"scheme": "ev2", **question}, {"ok": {"kenc": hexed(kenc), "kmac": hexed(kmac)}})
        both = hexed(ev1_key(rnd_a, rnd_b))
        add(f"ev1-aes {n}", SOURCE, {"scheme": "ev1-aes", **question}, {"ok": {"kenc": both, "kmac": both}})
    good = {"scheme": "ev2", "key": "00" * 16, "rnd_a": "01" * 16, "rnd_b": "02" * 16, "ti": "00000000"}
    kenc, kmac = ev2_keys(bytes(16), b"\x01" * 16, b"\x02" * 16)
    for name, ti in (("another ti", "FFFFFFFF"), ("no ti", None)):
        add(f"{name} gives the same keys", SOURCE, {**good, "ti": ti}, {"ok": {"kenc": hexed(kenc), "kmac": hexed(kmac)}})
    for name, change, code in (("an unknown scheme", {"scheme": "ev9"}, "BAD_VALUE"),
                               ("a key of 24 bytes", {"key": "00" * 24}, "BAD_VALUE"),
                               ("a short challenge", {"rnd_b": "02" * 15}, "BAD_VALUE"),
                               ("a short ti", {"ti": "00"}, "BAD_VALUE"),
                               ("an unknown field", {"kdf": "x"}, "UNKNOWN_FIELD")):
        add(name, "by hand", {**good, **change}, {"error": {"code": code}})
    return lines


def main():
    check_published()
    for name, lines in (("sl3", sl3_lines()), ("desfire", desfire_lines())):
        with open(f"{name}.jsonl", "w", encoding="utf-8") as out:
            for line in lines:
                out.write(json.dumps(line, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
