#!/usr/bin/env python3
"""Writes the .jsonl files of this folder: run it there, without arguments. Needs python3-cryptography.

The expectations come from this file alone: TLV and DOL by hand from EMV Book 3 (Annex B, 5.4); ODA by a second
implementation of the *issuer's* side (Book 2, 5 and 6; Book C-3, Annex C) on Python's integers and hashlib. No card of
anybody: keys are made here from a fixed seed.
"""
import hashlib
import hmac
import json
import random

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

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


def wrap(tag, *parts):
    """A template, or an object, of any length."""
    value = b"".join(parts)
    size = len(value)
    length = bytes([size]) if size < 128 else bytes([0x81, size]) if size < 256 else b"\x82" + size.to_bytes(2, "big")
    return bytes.fromhex(tag) + length + value


def apdu(head, data=b""):
    """Case 4, or 2 without data; Le is 00."""
    return hexed(bytes.fromhex(head) + (bytes([len(data)]) + data if data else b"") + b"\x00")


def answer(data, status="9000"):
    return hexed(data) + status


PPSE = b"2PAY.SYS.DDF01"
SELECT_PPSE = apdu("00A40400", PPSE)


def directory(*entries):
    """Entries are (aid, priority, kernel id, extended selection), the last three hex or None."""
    listed = b""
    for aid, priority, kernel_id, extended in entries:
        content = wrap("4F", bytes.fromhex(aid))
        for tag, value in (("87", priority), ("9F2A", kernel_id), ("9F29", extended)):
            if value is not None:
                content += wrap(tag, bytes.fromhex(value))
        listed += wrap("61", content)
    return wrap("6F", wrap("84", PPSE), wrap("A5", wrap("BF0C", listed)))


def fci(aid, pdol):
    return wrap("6F", wrap("84", bytes.fromhex(aid)), wrap("A5", wrap("9F38", bytes.fromhex(pdol)) if pdol else b""))


VISA, MASTER, AMEX, UNION = "A0000000031010", "A0000000041010", "A00000002501", "A000000333010101"
SOURCE_EP = "by hand: EMV Contactless Book B, 3.1 to 3.3"


def terminal_of(combinations, amount=1100, currency="MXN", **more):
    return {"time": "2026-11-23T08:00:00-06:00", "amount_minor": amount, "currency": currency,
            "tags": {"9F1A": "0484", "9F37": "38393031", **more.pop("tags", {})}, "combinations": combinations, **more}


def entry_point_lines():
    lines = []
    visa = {"aid": "A000000003", "kernel_id": "03", "ttq": "21C04000"}
    master = {"aid": "A000000004", "kernel_id": "02"}

    def add(name, combinations, script, expect, amount=1100, match="exact", **terminal):
        lines.append({"id": name, "op": "emv.entry_point", "group": "entry_point", "source": SOURCE_EP,
                      "in": {"script": script, "match": match,
                             "terminal": terminal_of(combinations, amount, **terminal)},
                      "expect": {"ok": expect}})

    def select(aid, extended="", pdol="9F66049F3704", status="9000"):
        data = fci(aid, pdol) if status == "9000" else b""
        return [apdu("00A40400", bytes.fromhex(aid + extended)), answer(data, status)]

    def ppse(*entries):
        return [SELECT_PPSE, answer(directory(*entries))]

    def chosen(aid, kernel_id, **more):
        return {"outcome": "select", "selected": {"aid": aid, "kernel_id": kernel_id}, **more}

    one = (VISA, "01", None, None)
    good = [ppse(one), select(VISA)]
    add("one application", [visa], good, chosen(VISA, "03", ttq="21004000", apdus=good, ui=[]))
    add("by priority", [visa, master], [ppse(one[:1] + ("02", None, None), (MASTER, "01", None, None)), select(MASTER)],
        chosen(MASTER, "02", candidates=[{"aid": MASTER, "kernel_id": "02", "priority": 1},
                                         {"aid": VISA, "kernel_id": "03", "priority": 2}]))
    add("no priority goes last", [visa, master], [ppse((VISA, None, None, None), (MASTER, "0F", None, None)),
                                                  select(MASTER)], chosen(MASTER, "02"))
    add("refused, then the next", [visa, master],
        [ppse(one, (MASTER, "02", None, None)), select(VISA, status="6A82"), select(MASTER)], chosen(MASTER, "02"))
    add("Visa without TTQ in its PDOL, then the next", [visa, master],
        [ppse(one, (MASTER, "02", None, None)), select(VISA, pdol="9F3704"), select(MASTER)], chosen(MASTER, "02"))
    add("all refused", [visa], [ppse(one), select(VISA, status="6A82")],
        {"outcome": "end_application", "ui": [{"message": "1C", "status": "processing_error"}]})
    add("no directory", [visa], [[SELECT_PPSE, "6A82"]], {"outcome": "end_application", "candidates": []})
    add("nothing that is accepted", [visa], [ppse((MASTER, "01", None, None))],
        {"outcome": "end_application", "candidates": []})
    add("the card left", [visa], [ppse(one)],
        {"outcome": "try_again", "ui": [{"message": "21", "status": "ready_to_read"}]})
    add("61xx and 6Cxx are followed", [visa],
        [[SELECT_PPSE, "6C50"], [SELECT_PPSE[:-2] + "50", "6110"], ["00C0000010", answer(directory(one))], select(VISA)],
        chosen(VISA, "03"))
    add("partial name", [visa], [ppse(("A000000003101099", "01", None, None)), select("A000000003101099")],
        chosen("A000000003101099", "03"))
    add("partial name not allowed", [{**visa, "partial_selection": False}], [ppse(one)],
        {"outcome": "end_application", "candidates": []})
    add("extended selection", [{**visa, "extended_selection": True}],
        [ppse((VISA, "01", None, "A1A2")), select(VISA, "A1A2")], chosen(VISA, "03"))
    add("extended selection not supported", [visa], [ppse((VISA, "01", None, "A1A2")), select(VISA)],
        chosen(VISA, "03"))
    any_kernel = [{**visa, "kernel_id": "03"}, {**visa, "kernel_id": "810484"}]
    for kernel_id, kernels in ((None, ["03"]), ("", ["03"]), ("00", ["03"]), ("03", ["03"]), ("43", []),
                               ("02", []), ("810484", ["810484"]), ("810484AABB", ["810484"]), ("8104", []),
                               ("800484", []), ("03" * 8, ["03"]), ("03" * 9, [])):
        add(f"kernel identifier {kernel_id}", any_kernel,
            [ppse((VISA, "01", kernel_id, None)), select(VISA)],
            {"candidates": [{"aid": VISA, "kernel_id": k, "priority": 1} for k in kernels]})

    def indicators(ttq, **set_ones):
        row = dict(aid="A000000003", kernel_id="03", status_check_requested=False, contactless_not_allowed=False,
                   zero_amount=False, cvm_limit_exceeded=False, floor_limit_exceeded=False, ttq=ttq)
        return [{**row, **{key: True for key in set_ones}}]

    def pre(name, options, amount, expected, currency="MXN", **more):
        allowed = not expected[0]["contactless_not_allowed"]
        outcome = {"outcome": "select", "ttq": expected[0]["ttq"]} if allowed else {
            "outcome": "try_another_interface", "apdus": [], "ui": [{"message": "18", "status": "processing_error"}]}
        add(name, [{**visa, **options}], good, {"preprocessing": expected, **outcome}, amount, currency=currency, **more)

    pre("floor limit, at it", {"floor_limit": 1100}, 1100, indicators("21004000"))
    pre("floor limit, above it", {"floor_limit": 1100}, 1101, indicators("21804000", floor_limit_exceeded=1))
    pre("terminal floor limit", {"terminal_floor_limit": 0}, 1, indicators("21804000", floor_limit_exceeded=1))
    pre("floor limit before the terminal's", {"floor_limit": 5, "terminal_floor_limit": 0}, 1, indicators("21004000"))
    pre("CVM limit, below", {"cvm_limit": 1100}, 1099, indicators("21004000"))
    pre("CVM limit, at it", {"cvm_limit": 1100}, 1100, indicators("21404000", cvm_limit_exceeded=1))
    pre("transaction limit, below", {"transaction_limit": 1100}, 1099, indicators("21004000"))
    pre("transaction limit, at it", {"transaction_limit": 1100}, 1100,
        indicators("21004000", contactless_not_allowed=1))
    pre("status check", {"status_check": True}, 100, indicators("21804000", status_check_requested=1))
    pre("status check of a currency without places", {"status_check": True}, 1,
        indicators("21804000", status_check_requested=1), currency="CLP")
    pre("status check, another amount", {"status_check": True}, 200, indicators("21004000"))
    pre("zero amount, flag absent", {}, 0, indicators("21004000"))
    pre("zero amount allowed", {"zero_amount_allowed": True}, 0, indicators("21804000", zero_amount=1))
    pre("zero amount not allowed", {"zero_amount_allowed": False}, 0,
        indicators("21004000", contactless_not_allowed=1))
    pre("zero amount, offline-only reader", {"zero_amount_allowed": True, "ttq": "29004000"}, 0,
        indicators("29004000", zero_amount=1, contactless_not_allowed=1))
    pre("zero amount offline", {"zero_amount_allowed": True, "zero_amount_offline": True, "ttq": "29004000"}, 0,
        indicators("29004000", zero_amount=1))
    pre("offline data authentication for online set", {"ttq": "20004000"}, 5, indicators("21004000"),
        oda_for_online=True)
    return lines


SOURCE_REPLAY = "make_vectors.py: the card's and the issuer's side in Python, EMV Books 2, 3, B and C-2 to C-7"
PANS = {2: "5413330089020011", 3: PAN, 4: "374245001751006", 7: "6210946888090005"}
AIDS = {2: MASTER, 3: VISA, 4: AMEX, 7: UNION}
# tag → value, as the gate of `terminal_of` has them
VALUES = {"9F02": "000000001100", "9F03": "000000000000", "9F1A": "0484", "95": "0000000000", "5F2A": "0484",
          "9A": "261123", "9C": "00", "9F37": "38393031", "9F35": "25", "9F34": "3F0000", "9F66": "21004000"}


class TapCard:
    """A personalised card and its script for one tap, to the byte."""

    def __init__(self, keys, kernel, **options):
        o = dict(cid="80", expiry="291231", effective="200101", country="0484", track2_pan=None, form="95", flip=None,
                 sda_tags="82", aip=None, gpo=None, amount="000000001100", cda=True)
        o.update(options)
        self.o, self.kernel, self.pan, self.aid = o, kernel, PANS[kernel], AIDS[kernel]
        self.ca, self.issuer, self.icc = keys
        self.fdda = kernel in (3, 7)
        self.aip = bytes.fromhex(o["aip"] or ("2000" if self.fdda else "0180"))
        self.values = {**VALUES, "9F02": o["amount"]}
        self.track2 = bytes.fromhex(((o["track2_pan"] or self.pan) + "D2912201").ljust(32, "0").ljust(
            34 if len(self.pan) % 2 else 32, "F"))
        # (tag, length) lists, and their bytes
        if self.fdda:
            self.pdol = [("9F66", 4), ("9F02", 6), ("9F37", 4), ("5F2A", 2), ("95", 5)]
        else:
            self.pdol = [("9F35", 1)]
        self.cdol1 = [("9F02", 6), ("9F03", 6), ("9F1A", 2), ("95", 5), ("5F2A", 2), ("9A", 3), ("9C", 1), ("9F37", 4),
                      ("9F35", 1), ("9F34", 3)]

    @staticmethod
    def dol(entries):
        return b"".join(bytes.fromhex(tag) + bytes([size]) for tag, size in entries)

    def data(self, entries):
        return b"".join(bytes.fromhex(self.values[tag]) for tag, _ in entries)

    def records(self):
        o, pan = self.o, self.pan
        static = wrap("5A", bytes.fromhex(pan + "F" * (len(pan) % 2))) + wrap("5F24", bytes.fromhex(o["expiry"]))
        static += wrap("5F25", bytes.fromhex(o["effective"])) + wrap("5F28", bytes.fromhex(o["country"]))
        if o["sda_tags"]:
            static += wrap("9F4A", bytes.fromhex(o["sda_tags"]))
        if not self.fdda:
            static += wrap("57", self.track2) + wrap("5F34", b"\x01") + wrap("8C", self.dol(self.cdol1))
        aip = self.aip if o["sda_tags"] else b""
        issuer, issuer_rest = certificate(self.ca, 2, bytes.fromhex(pan[:8]), self.issuer, "1230", "000001")
        icc, icc_rest = certificate(self.issuer, 4, bytes.fromhex(pan.ljust(20, "F")), self.icc, "1229", "000002",
                                    (static, aip))
        second = wrap("8F", b"\x92") + wrap("90", issuer) + wrap("9F32", self.issuer.exponent())
        if issuer_rest:
            second += wrap("92", issuer_rest)
        third = wrap("9F46", icc) + wrap("9F47", self.icc.exponent())
        if icc_rest:
            third += wrap("9F48", icc_rest)
        if self.fdda:
            third += wrap("9F69", bytes.fromhex("01AABBCCDD3E00"))
        return [wrap("70", one) for one in (static, second, third)]

    def sign(self, form, data, after):
        head = bytes([form, 1, len(data)]) + data
        signature = self.icc.sign(block(self.icc, head.ljust(self.icc.size - 22, b"\xBB"), after))
        if self.o["flip"] == "signature":
            signature = bytes([signature[0] ^ 1]) + signature[1:]
        return signature

    def options(self):
        content = wrap("82", self.aip) + wrap("94", bytes.fromhex("10010301"))
        if self.fdda:
            after = [bytes.fromhex(self.values[tag]) for tag in ("9F37", "9F02", "5F2A")]
            signature = self.sign(int(self.o["form"], 16), bytes.fromhex("020042"),
                                  after + [bytes.fromhex("01AABBCCDD3E00")])
            content += wrap("57", self.track2) + wrap("5F34", b"\x01") + wrap("9F10", bytes.fromhex("06010A03A00000"))
            content += wrap("9F26", bytes.fromhex("0102030405060708")) + wrap("9F27", bytes.fromhex(self.o["cid"]))
            content += wrap("9F36", bytes.fromhex("0042")) + wrap("9F6C", bytes.fromhex("3E00"))
            content += wrap("9F4B", signature)
        return wrap("77", content)

    def generate_ac(self):
        cid = bytes.fromhex(self.o["cid"])
        response = wrap("9F27", cid) + wrap("9F36", bytes.fromhex("0042")) + wrap("9F10", bytes.fromhex("0110A00003"))
        ac = bytes.fromhex("1112131415161718")
        if self.o["cid"] == "00" or not self.o["cda"]:
            return wrap("77", response + wrap("9F26", ac))
        transaction = sha1(self.data(self.pdol), self.data(self.cdol1), response)
        signature = self.sign(0x05, b"\x08" + b"\xA1" * 8 + cid + ac + transaction,
                              [bytes.fromhex(self.values["9F37"])])
        return wrap("77", response + wrap("9F4B", signature))

    def script(self):
        pdol_data = self.data(self.pdol)
        steps = [[SELECT_PPSE, answer(directory((self.aid, "01", None, None)))],
                 [apdu("00A40400", bytes.fromhex(self.aid)), answer(fci(self.aid, hexed(self.dol(self.pdol))))],
                 [apdu("80A80000", b"\x83" + bytes([len(pdol_data)]) + pdol_data),
                  self.o["gpo"] or answer(self.options())]]
        for number, record in enumerate(self.records(), 1):
            if self.o["flip"] == f"record {number}":
                at = record.index(b"\x5F\x28\x02") + 3 if number == 1 else len(record) - 3
                record = record[:at] + bytes([record[at] ^ 4]) + record[at + 1:]
            steps.append([apdu(f"00B2{number:02X}14"), answer(record)])
        if not self.fdda:
            steps.append([apdu("80AE9000", self.data(self.cdol1)), answer(self.generate_ac())])
        return steps


def replay_lines():
    lines = []
    keys = Key(1152, 3), Key(1024, 65537), Key(768, 3)
    combinations = [{"aid": AIDS[k][:10], "kernel_id": f"{k:02X}", **({"ttq": "21804000"} if k in (3, 7) else {})}
                    for k in (2, 3, 4, 7)]

    def token(pan):
        return hmac.new(bytes(32), pan.encode(), hashlib.sha256).hexdigest().upper()

    def add(name, card, expect, change=None, match="exact", amount=1100, **city):
        question = {"script": card.script(), "match": match, "terminal": terminal_of(json.loads(json.dumps(combinations)), amount),
                    "capk": [{"rid": AIDS[card.kernel][:10], "index": "92", "modulus": hexed(card.ca.modulus()),
                              "exponent": hexed(card.ca.exponent())}], **city}
        if change:
            change(question)
        lines.append({"id": f"kernel {card.kernel}: {name}", "op": "emv.replay", "group": "replay",
                      "source": SOURCE_REPLAY, "in": question, "expect": {"ok": expect}})

    def deny(reason, /, **oda):
        return {"decision": "deny", "reason": reason, **({"oda": oda} if oda else {})}

    def again(reason, /, **more):
        return {"decision": "retry", "reason": reason, **more}

    for kernel in (2, 3, 4, 7):
        def new(k=kernel, **options):
            return TapCard(keys, k, **options)

        plain = new()
        fdda = plain.fdda
        ac = "0102030405060708" if fdda else "1112131415161718"
        common = {"5A": plain.pan + "F" * (len(plain.pan) % 2), "9F26": ac, "9F36": "0042", "82": hexed(plain.aip),
                  "9F37": "38393031", "95": "0000000000", "9A": "261123", "9F21": "080000"}
        add("accept", plain,
            {"decision": "accept", "reason": "none", "kernel_id": f"{kernel:02X}", "aid": plain.aid, "tags": common,
             "apdus": plain.script(),
             "oda": {"result": "passed", "reason": "", "method": "fdda" if fdda else "cda",
                     "icc_key": {"modulus": hexed(keys[2].modulus()), "exponent": "03"}},
             "tap": {"decision": "accepted", "token": token(plain.pan),
                     "pan": "*" * (len(plain.pan) - 4) + plain.pan[-4:]}})
        add("signed another amount", new(amount="000000000000"),
            deny("oda_failed", result="failed", reason="signature_hash" if fdda else "transaction_data_hash"),
            match="header")
        add("without 9F4A", new(sda_tags=None), {"decision": "accept"})
        add("signature flipped", new(flip="signature"), deny("oda_failed", result="failed"))
        add("static data flipped", new(flip="record 1"),
            deny("oda_failed", result="failed", reason="icc_certificate_hash"))
        add("certificate flipped", new(flip="record 2"), deny("oda_failed", result="failed"))
        add("CA key unknown", plain, deny("oda_failed", result="not_possible", reason="ca_key_unknown"),
            lambda q: q.update(capk=[]))
        add("9F4A names more", new(sda_tags="825A"), deny("oda_failed", result="failed", reason="sda_tag_list"))
        add("issuer certificate revoked", plain,
            deny("oda_failed", result="failed", reason="issuer_certificate_revoked"),
            revoked=[{"rid": AIDS[kernel][:10], "index": "92", "serial": "000001"}])
        add("expired yesterday", new(expiry="261122"), deny("expired", result="passed"))
        add("expires today", new(expiry="261123"), {"decision": "accept"})
        add("valid from tomorrow", new(effective="261124"), deny("not_yet_valid", result="passed"))
        add("two cards in one", new(track2_pan=plain.pan[:-1] + "9"), deny("pan_mismatch"))
        add("AAC", new(cid="00"), deny("card_declined", result="not_possible", reason="not_attempted"))
        add("TC where an ARQC was asked", new(cid="40"), deny("card_declined"),
            lambda q: [c.update(floor_limit=0) for c in q["terminal"]["combinations"]], match="header")
        add("deny-listed", plain, deny("deny_listed", result="passed"),
            deny_list={"tokens": [token(plain.pan)], "token_key": "00" * 32})
        add("passed back", plain, deny("passed_back"),
            policy={"pass_back_s": 300,
                    "accepted_before": [{"token": token(plain.pan), "time": "2026-11-23T07:56:00-06:00"}]})
        add("after the pass-back window", plain, {"decision": "accept"},
            policy={"pass_back_s": 300,
                    "accepted_before": [{"token": token(plain.pan), "time": "2026-11-23T07:55:00-06:00"}]})
        add("country not accepted", plain, deny("not_accepted"), policy={"refused_issuer_countries": [484]})
        add("product not accepted", plain, deny("not_accepted"), policy={"refused_products": [plain.aid]})
        add("application not accepted", plain, again("no_application", apdus=plain.script()[:1]),
            lambda q: q["terminal"].update(combinations=[{"aid": "A000000152", "kernel_id": "06"}]))
        for step in range(len(plain.script())):
            add(f"removed before command {step + 1}", plain, again("card_removed", apdus=plain.script()[:step]),
                lambda q, n=step: q.update(script=q["script"][:n]))
        for step in range(2, len(plain.script())):
            add(f"command {step + 1} refused", plain, again("card_error"),
                lambda q, n=step: q["script"][n].__setitem__(1, "6F00"))
        add("GET PROCESSING OPTIONS 6986", new(gpo="6986"),
            again("card_error", outcome="select_next" if kernel == 2 else "try_again"))
        if not fdda:
            add("no signature", new(cda=False),
                deny("oda_failed", result="not_possible", reason="signature_missing"))
    offline = [{**c, "ttq": "21004000", "floor_limit": 1100} if "ttq" in c else c for c in combinations]
    for kernel in (3, 7):
        add("offline approval, format 05", TapCard(keys, kernel, cid="40", form="05"),
            {"decision": "accept", "oda": {"signed_data_format": "05"}},
            lambda q: q["terminal"].update(combinations=offline))
        add("offline approval, format 95", TapCard(keys, kernel, cid="40"),
            deny("oda_failed", reason="signed_data_format"), lambda q: q["terminal"].update(combinations=offline))
    return lines


def tdes(key, data):
    cipher = Cipher(TripleDES(key + key[:8]), modes.ECB()).encryptor()
    return cipher.update(data) + cipher.finalize()


def odd(key):
    return bytes(b & 0xFE | (bin(b >> 1).count("1") + 1) % 2 for b in key)


def arqc_lines():
    lines = []
    imk = "0123456789ABCDEFFEDCBA9876543210"

    def card_key(pan, psn, option):
        text = pan + psn
        if option == "b" and len(pan) > 16:
            text = hashlib.sha1(bytes.fromhex(text if len(text) % 2 == 0 else "0" + text)).hexdigest()
            letters = [str("abcdef".index(c)) for c in text if c in "abcdef"]
            text = "".join([c for c in text if c.isdigit()] + letters)[:16]
        left = bytes.fromhex(text[-16:].zfill(16))
        return odd(tdes(bytes.fromhex(imk), left + bytes(255 - b for b in left)))

    def mac(key, data):
        state = bytes(8)
        for at in range(0, len(data), 8):
            mixed = bytes(a ^ b for a, b in zip(state, data[at:at + 8]))
            state = tdes(key if at + 8 == len(data) else key[:8] * 2, mixed)
        return state

    def add(name, scheme, pan=PAN, psn="01", atc="001C", un="38393031", data="00" * 29, option=None):
        mk = card_key(pan, psn, option or ("a" if scheme.startswith("visa-cvn1") and scheme != "visa-cvn18" else "b"))
        by = bytes.fromhex(atc) + bytes(6)
        if scheme in ("mastercard-cvn16", "mastercard-cvn17"):
            by = bytes.fromhex(atc) + bytes(2) + bytes.fromhex(un)
        session = mk if scheme in ("visa-cvn10", "visa-cvn17") else odd(
            tdes(mk, by[:2] + b"\xF0" + by[3:] + by[:2] + b"\x0F" + by[3:]))
        padded = bytes.fromhex(data) + (b"" if scheme in ("visa-cvn10", "visa-cvn17") else b"\x80")
        padded += bytes(-len(padded) % 8)
        question = {"scheme": scheme, "imk": imk, "pan": pan, "psn": psn, "atc": atc, "un": un, "data": data}
        if option:
            question["derivation"] = option
        lines.append({"id": name, "op": "emv.arqc", "group": "arqc",
                      "source": "make_vectors.py: EMV Book 2, Annex A1, over cryptography's TripleDES",
                      "in": question, "expect": {"ok": {"ac": hexed(mac(session, padded or bytes(8))),
                                                        "session_key": hexed(session)}}})

    data = "0000000011000000000000000484000000000004842611230038393031" "2000" "001C" "06010A03A00000"
    for scheme in ("visa-cvn10", "visa-cvn17", "visa-cvn18", "visa-cvn22", "mastercard-cvn16", "mastercard-cvn17",
                   "mastercard-cvn20", "mastercard-cvn21"):
        add(scheme, scheme, data=data)
        add(f"{scheme}, whole blocks", scheme, data=data[:64])
        add(f"{scheme}, PAN of 19 digits", scheme, pan="4761739001010010123", psn="00", data=data)
        add(f"{scheme}, PAN of 17 digits, option A", scheme, pan="12345678901234567", data=data, option="a")
        add(f"{scheme}, PAN of 8 digits", scheme, pan="47617390", psn="00", data=data)
    for field, value, code in (("scheme", "visa-cvn11", "BAD_VALUE"), ("imk", "00", "BAD_VALUE"),
                               ("pan", "4761A", "BAD_VALUE"), ("psn", "0A", "BAD_VALUE"),
                               ("atc", "00", "BAD_VALUE"), ("derivation", "c", "BAD_VALUE")):
        lines.append({"id": f"bad {field}", "op": "emv.arqc", "group": "arqc", "source": SOURCE_HAND,
                      "in": {**lines[0]["in"], field: value},
                      "expect": {"error": {"code": code, "where": f"in.{field}"}}})
    return lines


for name, lines in (("tlv", tlv_lines()), ("dol", dol_lines()), ("oda", oda_lines()),
                    ("entry_point", entry_point_lines()), ("replay", replay_lines()), ("arqc", arqc_lines())):
    with open(name + ".jsonl", "w", encoding="ascii") as out:
        for line in lines:
            out.write(json.dumps(line, separators=(",", ":")) + "\n")
