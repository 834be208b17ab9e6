#!/usr/bin/env python3
"""Writes tlv.jsonl, dol.jsonl and oda.jsonl of this folder: run it there, without arguments.

The expectations come from this file alone: TLV and DOL by hand from EMV Book 3 (Annex B, 5.4); ODA by a second
implementation of the *issuer's* side (Book 2, 5 and 6; Book C-3, Annex C) on Python's integers and hashlib. No card of
anybody: keys are made here from a fixed seed.
"""
import hashlib
import json
import random

RANDOM = random.Random(20261123)
SOURCE_HAND = "by hand: EMV Book 3"
SOURCE_ODA = "make_vectors.py: issuer's side in Python integers, EMV Book 2 and C-3"


def is_prime(n):
    if n % 2 == 0:
        return False
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for _ in range(24):
        x = pow(RANDOM.randrange(2, n - 1), d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def prime(bits, e):
    while True:
        n = RANDOM.getrandbits(bits) | (3 << (bits - 2)) | 1
        if n % e != 1 and is_prime(n):
            return n


class Key:
    def __init__(self, bits, e):
        p, q = prime(bits // 2, e), prime(bits - bits // 2, e)
        self.n, self.e = p * q, e
        self.d = pow(e, -1, (p - 1) * (q - 1))
        self.size = bits // 8
        assert self.n.bit_length() == bits

    def modulus(self):
        return self.n.to_bytes(self.size, "big")

    def exponent(self):
        return self.e.to_bytes(1 if self.e == 3 else 3, "big")

    def sign(self, block):
        assert len(block) == self.size
        return pow(int.from_bytes(block, "big"), self.d, self.n).to_bytes(self.size, "big")


def sha1(*parts):
    return hashlib.sha1(b"".join(parts)).digest()


def hexed(data):
    return data.hex().upper()


def block(signer, middle, hashed_after):
    """6A, what is signed, its hash, BC."""
    assert len(middle) == signer.size - 22
    return b"\x6A" + middle + sha1(middle, *hashed_after) + b"\xBC"


def certificate(signer, kind, identity, subject, mmyy, serial, hashed_after=(), key_algorithm=1, hash_algorithm=1,
                header=None, flip=None):
    """An issuer (02) or card (04) certificate, and the remainder of the modulus."""
    head = bytes([kind]) + identity + bytes.fromhex(mmyy) + bytes.fromhex(serial)
    head += bytes([hash_algorithm, key_algorithm, subject.size, len(subject.exponent())])
    room = signer.size - 22 - len(head)
    digits = subject.modulus()[:room].ljust(room, b"\xBB")
    remainder = subject.modulus()[room:]
    body = block(signer, head + digits, (remainder, subject.exponent(), *hashed_after))
    if header is not None:
        body = bytes([header]) + body[1:]
    if flip is not None:
        body = bytearray(body)
        body[flip] ^= 1
        body = bytes(body)
    return signer.sign(body), remainder


PAN = "4761739001010010"
RID = "A000000003"
AID = "A0000000031010"


def tlv(tag, value):
    tag = bytes.fromhex(tag)
    length = bytes([len(value)]) if len(value) < 128 else bytes([0x81, len(value)])
    return tag + length + value


class Card:
    """A personalised card and a transaction on it, as the input of emv.oda."""

    def __init__(self, ca, issuer, icc, **options):
        o = dict(pan=PAN, issuer_id="47617390", issuer_mmyy="1230", icc_mmyy="1229", aip="2000", sda_tags="82",
                 icc_pan=None, issuer_header=None, issuer_flip=None, icc_flip=None, issuer_kind=2, icc_kind=4,
                 issuer_key_algorithm=1, icc_key_algorithm=1, method="fdda", online=True, format=None, atc="0042",
                 auth="01AABBCCDD3E00", un="38393031", amount="000000001100", currency="0484", cid="80",
                 date="2026-11-23", tamper_hash=False, number="1122334455667788", ac="0102030405060708",
                 pdol="AA55", cdol1="112233", response="9F27018082", dynamic="38393031", hash_algorithm=1)
        o.update(options)
        self.o, self.ca, self.issuer, self.icc = o, ca, issuer, icc
        static = tlv("5A", bytes.fromhex(o["pan"])) + tlv("5F24", bytes.fromhex("291231"))
        if o["sda_tags"] is not None:
            static += tlv("9F4A", bytes.fromhex(o["sda_tags"]))
        aip = bytes.fromhex(o["aip"]) if o["sda_tags"] == "82" else b""
        self.static = static
        issuer_cert, issuer_rest = certificate(
            ca, o["issuer_kind"], bytes.fromhex(o["issuer_id"]), issuer, o["issuer_mmyy"], "000001",
            key_algorithm=o["issuer_key_algorithm"], header=o["issuer_header"], flip=o["issuer_flip"])
        identity = bytes.fromhex((o["icc_pan"] or o["pan"]).ljust(20, "F"))
        icc_cert, icc_rest = certificate(
            issuer, o["icc_kind"], identity, icc, o["icc_mmyy"], "000002", (static, aip),
            key_algorithm=o["icc_key_algorithm"], flip=o["icc_flip"])
        card = {"82": o["aip"], "8F": "92", "90": hexed(issuer_cert), "9F32": hexed(issuer.exponent()),
                "9F46": hexed(icc_cert), "9F47": hexed(icc.exponent()), "5A": o["pan"], "5F24": "291231"}
        if issuer_rest:
            card["92"] = hexed(issuer_rest)
        if icc_rest:
            card["9F48"] = hexed(icc_rest)
        if o["sda_tags"] is not None:
            card["9F4A"] = o["sda_tags"]
        self.card = card
        getattr(self, "sign_" + o["method"])(static, aip)
        self.question = {
            "method": o["method"], "date": o["date"], "online": o["online"], "aid": AID,
            "capk": [{"rid": RID, "index": "92", "modulus": hexed(ca.modulus()), "exponent": hexed(ca.exponent())}],
            "card": card, "static_data": hexed(static),
            "terminal": {"9F37": o["un"], "9F02": o["amount"], "5F2A": o["currency"]}}
        if o["method"] == "dda":
            self.question["dynamic_data"] = o["dynamic"]
        if o["method"] == "cda":
            self.question.update(pdol_data=o["pdol"], cdol1_data=o["cdol1"], response_data=o["response"],
                                 cid=o["cid"])

    def dynamic(self, form, data, after):
        head = bytes([form, self.o["hash_algorithm"], len(data)]) + data
        body = block(self.icc, head.ljust(self.icc.size - 22, b"\xBB"), after)
        if self.o["tamper_hash"]:
            body = body[:-2] + bytes([body[-2] ^ 0x80]) + body[-1:]
        self.card["9F4B"] = hexed(self.icc.sign(body))

    def sign_fdda(self, _static, _aip):
        o = self.o
        form = o["format"] if o["format"] is not None else (0x95 if o["online"] else 0x05)
        self.card["9F36"] = o["atc"]
        self.card["9F69"] = o["auth"]
        self.dynamic(form, b"\x02" + bytes.fromhex(o["atc"]),
                     [bytes.fromhex(o[k]) for k in ("un", "amount", "currency", "auth")])

    def sign_dda(self, _static, _aip):
        number = bytes.fromhex(self.o["number"])
        self.dynamic(0x05, bytes([len(number)]) + number, [bytes.fromhex(self.o["dynamic"])])

    def sign_cda(self, _static, _aip):
        o = self.o
        number = bytes.fromhex(o["number"])
        transaction = sha1(*(bytes.fromhex(o[k]) for k in ("pdol", "cdol1", "response")))
        data = bytes([len(number)]) + number + bytes.fromhex(o["cid"]) + bytes.fromhex(o["ac"]) + transaction
        self.dynamic(0x05, data, [bytes.fromhex(o["un"])])

    def sign_sda(self, static, aip):
        middle = (b"\x03\x01" + b"\xDA\xC1").ljust(self.issuer.size - 22, b"\xBB")
        self.card["93"] = hexed(self.issuer.sign(block(self.issuer, middle, (static, aip))))

    def issuer_key(self):
        return {"modulus": hexed(self.issuer.modulus()), "exponent": hexed(self.issuer.exponent())}

    def icc_key(self):
        return {"modulus": hexed(self.icc.modulus()), "exponent": hexed(self.icc.exponent())}


def oda_lines():
    ca, issuer, icc = Key(1984, 3), Key(1408, 3), Key(1024, 3)
    lines = []

    def add(name, card, expect, change=None, group="oda"):
        question = json.loads(json.dumps(card.question))
        if change:
            change(question)
        lines.append({"id": name, "op": "emv.oda", "group": group, "source": SOURCE_ODA, "in": question,
                      "expect": {"ok": expect}})

    def failed(reason, **more):
        return {"result": "failed", "reason": reason, **more}

    def not_possible(reason, **more):
        return {"result": "not_possible", "reason": reason, **more}

    def new(**options):
        return Card(ca, issuer, icc, **options)

    plain = new()
    keys = {"issuer_key": plain.issuer_key(), "icc_key": plain.icc_key()}
    issuer_only = {"issuer_key": plain.issuer_key()}
    good = {"result": "passed", "reason": "", "method": "fdda", "signed_data_format": "95",
            "icc_dynamic_number": "0042", **keys}
    add("fdda-online", plain, good)
    add("fdda-offline", new(online=False), {**good, "signed_data_format": "05"})
    add("fdda-without-9F4A", new(sda_tags=None), good)
    add("fdda-pan-from-track2", plain, good,
        lambda q: (q["card"].pop("5A"), q["card"].update({"57": PAN + "D29122010000000000"})))
    add("fdda-longer-9F69", new(auth="01AABBCCDD3E0000112233"), good)
    add("fdda-short-issuer-id", new(issuer_id="476FFFFF"), good)
    add("fdda-last-day-of-icc-certificate", new(icc_mmyy="1126", date="2026-11-30"), good)
    add("fdda-ca-key-on-its-last-day", plain, good, lambda q: q["capk"][0].update(expiry="2026-11-23"))
    add("fdda-other-serial-revoked", plain, good,
        lambda q: q.update(revoked=[{"rid": RID, "index": "92", "serial": "000009"}]))
    for ca_bits, issuer_bits, icc_bits, e in ((512, 512, 512, 3), (1024, 768, 512, 65537), (1408, 1408, 1408, 65537),
                                              (1984, 1984, 1976, 3), (1152, 1152, 1024, 3)):
        card = Card(Key(ca_bits, e), Key(issuer_bits, e), Key(icc_bits, 3))
        add(f"fdda-{ca_bits}-{issuer_bits}-{icc_bits}-e{e}", card,
            {**good, "issuer_key": card.issuer_key(), "icc_key": card.icc_key()})

    add("offline-format-in-online-tap", new(format=0x05),
        failed("signed_data_format", signed_data_format="05", **keys))
    add("online-format-in-offline-tap", new(online=False, format=0x95), failed("signed_data_format", **keys))
    add("signature-hash", new(tamper_hash=True), failed("signature_hash", **keys))
    add("signature-other-number", plain, failed("signature_hash"), lambda q: q["terminal"].update({"9F37": "38393032"}))
    add("signature-other-amount", plain, failed("signature_hash"),
        lambda q: q["terminal"].update({"9F02": "000000001101"}))
    add("signature-other-currency", plain, failed("signature_hash"), lambda q: q["terminal"].update({"5F2A": "0840"}))
    add("signature-other-9F69-tail", plain, failed("signature_hash"),
        lambda q: q["card"].update({"9F69": "01AABBCCDD3E01"}))
    add("signature-flipped-bit", plain, {"result": "failed"},
        lambda q: q["card"].update({"9F4B": "00" + q["card"]["9F4B"][2:]}))
    add("signature-short", plain, failed("signature_length"),
        lambda q: q["card"].update({"9F4B": q["card"]["9F4B"][2:]}))
    add("signature-not-less-than-modulus", plain, failed("signature_trailer"),
        lambda q: q["card"].update({"9F4B": "FF" * icc.size}))
    add("fdda-version", new(auth="00AABBCCDD3E00"), failed("fdda_version", **keys))
    add("signature-hash-algorithm", new(hash_algorithm=2), failed("signature_hash_algorithm"))

    add("issuer-certificate-bit", new(issuer_flip=60), failed("issuer_certificate_hash"))
    add("issuer-certificate-header", new(issuer_header=0x6B), failed("issuer_certificate_header"))
    add("issuer-certificate-trailer", new(issuer_flip=ca.size - 1), failed("issuer_certificate_trailer"))
    add("issuer-certificate-format", new(issuer_kind=4), failed("issuer_certificate_format"))
    add("issuer-certificate-short", plain, failed("issuer_certificate_length"),
        lambda q: q["card"].update({"90": q["card"]["90"][2:]}))
    add("issuer-certificate-of-one-octet", plain, failed("issuer_certificate_length"),
        lambda q: q["card"].update({"90": "00"}))
    add("issuer-other-exponent", plain, failed("issuer_certificate_hash"),
        lambda q: q["card"].update({"9F32": "010001"}))
    add("issuer-id", new(issuer_id="47617391"), failed("issuer_id_mismatch"))
    add("issuer-id-two-digits", new(issuer_id="47FFFFFF"), failed("issuer_id_mismatch"))
    add("issuer-expired", new(issuer_mmyy="1026"), failed("issuer_certificate_expired"))
    add("issuer-month-13", new(issuer_mmyy="1330"), failed("issuer_certificate_date"))
    add("issuer-last-century", new(issuer_mmyy="1299"), failed("issuer_certificate_expired"))
    add("issuer-key-algorithm", new(issuer_key_algorithm=2), failed("issuer_key_algorithm"))
    add("issuer-revoked", plain, failed("issuer_certificate_revoked"),
        lambda q: q.update(revoked=[{"rid": RID, "index": "92", "serial": "000001"}]))
    add("wrong-ca", plain, {"result": "failed"},
        lambda q: q["capk"][0].update(modulus=hexed(Key(1984, 3).modulus())))

    add("icc-certificate-bit", new(icc_flip=50), failed("icc_certificate_hash", **issuer_only))
    add("icc-certificate-format", new(icc_kind=2), failed("icc_certificate_format", **issuer_only))
    add("icc-other-static-data", plain, failed("icc_certificate_hash", **issuer_only),
        lambda q: q.update(static_data=q["static_data"][:-2] + "83"))
    add("icc-other-aip", plain, failed("icc_certificate_hash", **issuer_only),
        lambda q: q["card"].update({"82": "2040"}))
    add("icc-pan", new(icc_pan="4761739001010028"), failed("icc_pan_mismatch", **issuer_only))
    add("icc-expired", new(icc_mmyy="1026"), failed("icc_certificate_expired", **issuer_only))
    add("icc-key-algorithm", new(icc_key_algorithm=3), failed("icc_key_algorithm", **issuer_only))
    add("icc-other-remainder", Card(ca, Key(1024, 3), icc), {"result": "failed"},
        lambda q: q["card"].update({"9F48": "00" + q["card"]["9F48"][2:]}))
    add("sda-tag-list", new(sda_tags="825A"), failed("sda_tag_list", **issuer_only))

    add("aip-without-dda", new(aip="5C00"), not_possible("method_not_supported"))
    add("ca-key-of-other-index", plain, not_possible("ca_key_unknown"), lambda q: q["capk"][0].update(index="93"))
    add("ca-key-of-other-rid", plain, not_possible("ca_key_unknown"),
        lambda q: q["capk"][0].update(rid="A000000004"))
    add("ca-key-expired", plain, not_possible("ca_key_unknown"), lambda q: q["capk"][0].update(expiry="2026-11-22"))
    add("no-ca-keys", plain, not_possible("ca_key_unknown"), lambda q: q.update(capk=[]))
    for tag, reason in (("82", "aip_missing"), ("8F", "ca_key_index_missing"), ("90", "issuer_certificate_missing"),
                        ("9F32", "issuer_exponent_missing"), ("9F46", "icc_certificate_missing"),
                        ("9F47", "icc_exponent_missing"), ("9F4B", "signature_missing"),
                        ("9F69", "card_authentication_data_missing"), ("5A", "pan_missing")):
        add(f"no-{tag}", plain, not_possible(reason), lambda q, t=tag: q["card"].pop(t))
    rest = Card(Key(1024, 3), Key(1024, 3), icc)
    add("no-92", rest, not_possible("issuer_remainder_missing"), lambda q: q["card"].pop("92"))
    add("no-9F48", rest, not_possible("icc_remainder_missing", issuer_key=rest.issuer_key()),
        lambda q: q["card"].pop("9F48"))
    add("no-9F37", plain, not_possible("terminal_data_missing"), lambda q: q["terminal"].pop("9F37"))

    dda = new(method="dda")
    add("dda", dda, {"result": "passed", "method": "dda", "signed_data_format": "05",
                     "icc_dynamic_number": "1122334455667788", **keys})
    add("dda-other-data", dda, failed("signature_hash"), lambda q: q.update(dynamic_data="38393032"))
    cda = new(method="cda", aip="0100")
    cda_good = {"result": "passed", "method": "cda", "cid": "80", "ac": "0102030405060708",
                "icc_dynamic_number": "1122334455667788", **keys}
    add("cda", cda, cda_good)
    add("cda-cid", cda, failed("cid_mismatch"), lambda q: q.update(cid="40"))
    add("cda-pdol", cda, failed("transaction_data_hash"), lambda q: q.update(pdol_data="AA56"))
    add("cda-response", cda, failed("transaction_data_hash"), lambda q: q.update(response_data="9F27018083"))
    sda = new(method="sda", aip="4000")
    add("sda", sda, {"result": "passed", "method": "sda", "data_authentication_code": "DAC1", **issuer_only})
    add("sda-other-data", sda, failed("signature_hash"), lambda q: q.update(static_data="00" + q["static_data"][2:]))
    add("sda-short", sda, failed("signature_length"), lambda q: q["card"].update({"93": "00"}))

    def bad(name, change, code, where):
        question = json.loads(json.dumps(plain.question))
        change(question)
        lines.append({"id": name, "op": "emv.oda", "group": "oda", "source": SOURCE_HAND, "in": question,
                      "expect": {"error": {"code": code, "where": where}}})

    bad("bad-method", lambda q: q.update(method="xda"), "BAD_VALUE", "in.method")
    bad("bad-date", lambda q: q.update(date="2026-13-01"), "BAD_VALUE", "in.date")
    bad("bad-modulus", lambda q: q["capk"][0].update(modulus="00"), "BAD_VALUE", "in.capk[0]")
    bad("bad-exponent", lambda q: q["capk"][0].update(exponent="05"), "BAD_VALUE", "in.capk[0]")
    bad("no-date", lambda q: q.pop("date"), "MISSING_FIELD", "in.date")
    return lines


def node(tag, value):
    return {"tag": tag, "length": len(value) // 2, "value": value}


def tlv_lines():
    lines = []

    def good(name, data, nodes):
        lines.append({"id": name, "op": "emv.tlv.decode", "group": "tlv", "source": SOURCE_HAND, "in": {"data": data},
                      "expect": {"ok": {"nodes": nodes}}})

    def bad(name, data, offset):
        lines.append({"id": name, "op": "emv.tlv.decode", "group": "tlv", "source": SOURCE_HAND, "in": {"data": data},
                      "expect": {"error": {"code": "BAD_TLV", "where": f"in.data: offset {offset}"}}})

    good("empty", "", [])
    good("padding only", "0000", [])
    good("primitive", "5A0847617390010100109F360200FF",
         [node("5A", "4761739001010010"), node("9F36", "00FF")])
    good("padding between and around", "005A0101000057010200", [node("5A", "01"), node("57", "02")])
    good("template", "70065F2403291231",
         [{"tag": "70", "length": 6, "children": [node("5F24", "291231")]}])
    good("padding in a template", "700800005F2403291231",
         [{"tag": "70", "length": 8, "children": [node("5F24", "291231")]}])
    good("empty template and empty value", "70005A00", [{"tag": "70", "length": 0, "children": []}, node("5A", "")])
    good("length 81", "5A8101AA", [node("5A", "AA")])
    good("length 8180", "5A8180" + "AA" * 128, [node("5A", "AA" * 128)])
    good("length 820001", "5A820001AA", [node("5A", "AA")])
    good("tag of three octets", "DF810401AA", [node("DF8104", "AA")])
    good("tag of four octets", "9F81820101BB", [node("9F818201", "BB")])
    good("nested", "6F0AA508BF0C0561034F0141",
         [{"tag": "6F", "length": 10, "children": [
             {"tag": "A5", "length": 8, "children": [
                 {"tag": "BF0C", "length": 5, "children": [
                     {"tag": "61", "length": 3, "children": [node("4F", "41")]}]}]}]}])
    bad("tag cut", "9F", 1)
    bad("tag cut after more", "9F81", 2)
    bad("tag too long", "9F8182838401AA", 0)
    bad("length missing", "5A", 1)
    bad("length cut", "5A82", 2)
    bad("length cut in the middle", "5A8201", 2)
    bad("indefinite length", "70805A01010000", 1)
    bad("length of four octets", "5A8400000001AA", 1)
    bad("reserved length FF", "5AFF01", 1)
    bad("value cut", "5A0401", 2)
    bad("value far too long", "5A83FFFFFF01", 5)
    bad("child beyond its template", "70035A02AABB", 4)
    bad("too deep", "".join(f"70{2 * n:02X}" for n in range(20, -1, -1)), 32)
    lines.append({"id": "odd hex", "op": "emv.tlv.decode", "group": "tlv", "source": SOURCE_HAND,
                  "in": {"data": "5A0"}, "expect": {"error": {"code": "BAD_VALUE"}}})
    lines.append({"id": "unknown field", "op": "emv.tlv.decode", "group": "tlv", "source": SOURCE_HAND,
                  "in": {"data": "", "dta": ""},
                  "expect": {"error": {"code": "UNKNOWN_FIELD", "where": "in.dta"}}})
    return lines


def dol_lines():
    lines = []

    def good(name, dol, tags, data):
        lines.append({"id": name, "op": "emv.dol.build", "group": "dol", "source": SOURCE_HAND + ", 5.4",
                      "in": {"dol": dol, "tags": tags}, "expect": {"ok": {"data": data}}})

    def bad(name, dol, offset):
        lines.append({"id": name, "op": "emv.dol.build", "group": "dol", "source": SOURCE_HAND + ", 5.4",
                      "in": {"dol": dol, "tags": {}},
                      "expect": {"error": {"code": "BAD_DOL", "where": f"in.dol: offset {offset}"}}})

    good("empty", "", {}, "")
    good("as it is", "9F37049A03", {"9F37": "38393031", "9A": "261123"}, "38393031261123")
    good("missing: zeros", "9F3704", {}, "00000000")
    good("missing cn: zeros, not F", "5A0A", {}, "00" * 10)
    good("unknown tag: zeros", "DF7F03", {}, "000000")
    good("length zero", "9F37009A03", {"9F37": "38393031", "9A": "261123"}, "261123")
    good("template: zeros", "7002", {"70": "AABB"}, "0000")
    good("n padded left", "9F0206", {"9F02": "1100"}, "000000001100")
    good("n cut left", "9F0202", {"9F02": "000000001100"}, "1100")
    good("n cut: currency", "5F2A01", {"5F2A": "0484"}, "84")
    good("n cut: date", "9A02", {"9A": "261123"}, "1123")
    good("cn padded right with F", "5A0A", {"5A": "4761739001010010"}, "4761739001010010FFFF")
    good("cn cut right", "5A04", {"5A": "4761739001010010"}, "47617390")
    good("b padded right", "9F6606", {"9F66": "21800000"}, "218000000000")
    good("b cut right", "9F6602", {"9F66": "21800000"}, "2180")
    good("b: unpredictable number", "9F3702", {"9F37": "38393031"}, "3839")
    good("ans padded right with zeros", "9F4E05", {"9F4E": "4142"}, "4142000000")
    good("the binary amount is not numeric", "8106", {"81": "0000044C"}, "0000044C0000")
    good("the same tag twice", "9F37029F3704", {"9F37": "38393031"}, "383938393031")
    good("a value with no octets", "9F3702", {"9F37": ""}, "0000")
    good("a Visa PDOL", "9F66049F02069F03069F1A0295055F2A029A039C019F3704",
         {"9F66": "21800000", "9F02": "000000001100", "9F03": "000000000000", "9F1A": "0484", "95": "0000000000",
          "5F2A": "0484", "9A": "261123", "9C": "00", "9F37": "38393031"},
         "21800000" "000000001100" "000000000000" "0484" "0000000000" "0484" "261123" "00" "38393031")
    bad("tag cut", "9F", 1)
    bad("length missing", "9F37", 2)
    bad("second length missing", "9F37049A", 4)
    bad("no tag", "0001", 0)
    bad("tag too long", "9F8182838401", 0)
    bad("too many entries", "9A03" * 129, 256)
    lines.append({"id": "bad tag", "op": "emv.dol.build", "group": "dol", "source": SOURCE_HAND,
                  "in": {"dol": "", "tags": {"9F": "00"}},
                  "expect": {"error": {"code": "BAD_VALUE", "where": "in.tags.9F"}}})
    lines.append({"id": "no tags", "op": "emv.dol.build", "group": "dol", "source": SOURCE_HAND, "in": {"dol": ""},
                  "expect": {"error": {"code": "MISSING_FIELD", "where": "in.tags"}}})
    return lines


for name, lines in (("tlv", tlv_lines()), ("dol", dol_lines()), ("oda", oda_lines())):
    with open(name + ".jsonl", "w", encoding="ascii") as out:
        for line in lines:
            out.write(json.dumps(line, separators=(",", ":")) + "\n")
