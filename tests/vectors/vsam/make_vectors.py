#!/usr/bin/env python3
"""Writes the vectors of the vsam ops: an10922.jsonl, dukpt.jsonl, tr31.jsonl.

Each published value is written down here, and checked by the second implementation below, which
shares nothing with libs/emv: python3-cryptography's ciphers and CMAC, keys by recursion instead of
a walk. Where nothing is published the second implementation says what is expected ("computed").
Published values were taken down from public repositories that quote the documents: the documents
of ASC X9 and ISO themselves are not free.

    python3 tests/vectors/vsam/make_vectors.py     # needs python3-cryptography
"""
import json
import pathlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

try:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
except ImportError:  # before 43
    TripleDES = algorithms.TripleDES

HERE = pathlib.Path(__file__).parent


# --- the second implementation ---------------------------------------------------------------

def algorithm(kind, key):
    if kind == "aes":
        return algorithms.AES(key)
    return TripleDES({8: key * 3, 16: key + key[:8], 24: key}[len(key)])


def ecb(kind, key, data):
    run = Cipher(algorithm(kind, key), modes.ECB()).encryptor()
    return run.update(data) + run.finalize()


def cbc(kind, key, iv, data):
    run = Cipher(algorithm(kind, key), modes.CBC(iv)).encryptor()
    return run.update(data) + run.finalize()


def cmac(kind, key, data):
    mac = CMAC(algorithm(kind, key))
    mac.update(data)
    return mac.finalize()


def xor(a, b):
    return (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).to_bytes(len(a), "big")


def an10922(cipher, key, m):
    kind, block, first, count = {
        "aes128": ("aes", 16, 0x01, 1), "aes192": ("aes", 16, 0x11, 2), "aes256": ("aes", 16, 0x41, 2),
        "2tdea": ("tdea", 8, 0x21, 2), "3tdea": ("tdea", 8, 0x31, 3)}[cipher]
    bits, poly = block * 8, 0x87 if block == 16 else 0x1B

    def double(value):
        value <<= 1
        return value & (1 << bits) - 1 ^ poly if value >> bits else value

    k1 = double(int.from_bytes(ecb(kind, key, bytes(block)), "big"))
    k2 = double(k1)
    macs = []
    for i in range(count):
        d = bytes([first + i]) + m
        subkey = k1
        if len(d) < 2 * block:
            d, subkey = (d + b"\x80").ljust(2 * block, b"\0"), k2
        d = d[:block] + xor(d[block:], subkey.to_bytes(block, "big"))
        macs.append(cbc(kind, key, bytes(block), d)[-block:])
    if cipher == "aes192":
        a, b = macs
        return a[:8] + xor(a[8:], b[:8]) + b[8:]
    return b"".join(macs)


AES_TYPES = {"2tdea": (0, 16), "3tdea": (1, 24), "aes128": (2, 16), "aes192": (3, 24), "aes256": (4, 32),
             "hmac128": (5, 16), "hmac192": (5, 24), "hmac256": (5, 32)}
AES_USAGES = {"key_encryption": 0x0002, "pin_encryption": 0x1000, "mac_generation": 0x2000,
              "mac_verification": 0x2001, "mac_both": 0x2002, "data_encrypt": 0x3000,
              "data_decrypt": 0x3001, "data_both": 0x3002}
TDES_VARIANTS = {"pin_encryption": 0xFF, "mac_generation": 0xFF00, "mac_both": 0xFF00,
                 "mac_verification": 0xFF000000, "data_encrypt": 0xFF0000, "data_both": 0xFF0000,
                 "data_decrypt": 0xFF00000000}


def aes_derive(key, usage, key_type, tail):
    indicator, size = AES_TYPES[key_type]
    out = b""
    for block in range((size + 15) // 16):
        out += ecb("aes", key, bytes([1, block + 1]) + usage.to_bytes(2, "big") + indicator.to_bytes(2, "big")
                   + (size * 8).to_bytes(2, "big") + tail)
    return out[:size]


def aes_transaction_key(alg, ik, ksn_id, counter):
    if counter == 0:
        return ik
    parent = aes_transaction_key(alg, ik, ksn_id, counter & (counter - 1))
    return aes_derive(parent, 0x8000, alg, ksn_id[4:] + counter.to_bytes(4, "big"))


MASK = bytes.fromhex("C0C0C0C000000000")


def tdes_transaction_key(ik, ksn, counter):
    if counter == 0:
        return ik
    parent = tdes_transaction_key(ik, ksn, counter & (counter - 1))
    low = int.from_bytes(ksn[2:], "big") & ~0x1FFFFF | counter

    def half(key):
        return xor(ecb("tdea", key[:8], xor(low.to_bytes(8, "big"), key[8:])), key[8:])

    return half(xor(parent, MASK + MASK)) + half(parent)


def dukpt(alg, ksn, usage, key_type=None, bdk=None, ik=None):
    if alg == "tdes":
        if ik is None:
            left = (int.from_bytes(ksn, "big") & ~0x1FFFFF).to_bytes(10, "big")[:8]
            ik = ecb("tdea", bdk, left) + ecb("tdea", xor(bdk, MASK + MASK), left)
        if usage == "initial_key":
            return ik
        key = tdes_transaction_key(ik, ksn, int.from_bytes(ksn, "big") & 0x1FFFFF)
        if usage == "key_derivation":
            return key
        key = xor(key, TDES_VARIANTS[usage].to_bytes(8, "big") * 2)
        return ecb("tdea", key, key) if usage.startswith("data") else key
    ksn_id, counter = ksn[:8], int.from_bytes(ksn[8:], "big")
    if ik is None:
        ik = aes_derive(bdk, 0x8001, alg, ksn_id)
    if usage == "initial_key":
        return ik
    key = aes_transaction_key(alg, ik, ksn_id, counter)
    if usage == "key_derivation":
        return key
    return aes_derive(key, AES_USAGES[usage], key_type or alg, ksn_id[4:] + ksn[8:])


def tr31_keys(version, kbpk):
    if version in "AC":
        return xor(kbpk, b"E" * len(kbpk)), xor(kbpk, b"M" * len(kbpk))
    kind = "tdea" if version == "B" else "aes"
    alg = {("tdea", 16): 0, ("tdea", 24): 1, ("aes", 16): 2, ("aes", 24): 3, ("aes", 32): 4}[kind, len(kbpk)]

    def derive(usage):
        out = b""
        for counter in (1, 2, 3):
            out += cmac(kind, kbpk, bytes([counter, 0, usage, 0, 0, alg]) + (len(kbpk) * 8).to_bytes(2, "big"))
        return out[:len(kbpk)]

    return derive(2 if version == "E" else 0), derive(1)


def tr31_wrap(kbpk, head, key, padding):
    """`head` with its optional blocks, PB included; its length field is filled in."""
    version = head[0]
    enc, mac_key = tr31_keys(version, kbpk)
    clear = (len(key) * 8).to_bytes(2, "big") + key + padding
    mac_bytes = {"A": 4, "B": 8, "C": 4, "D": 16, "E": 16}[version]
    head = head[0] + "%04d" % (len(head) + 2 * (len(clear) + mac_bytes)) + head[5:]
    if version in "AC":
        sealed = cbc("tdea", enc, head[:8].encode(), clear)
        mac = cbc("tdea", mac_key, bytes(8), head.encode() + sealed)[-8:][:4]
    else:
        kind = "tdea" if version == "B" else "aes"
        mac = cmac(kind, mac_key, head.encode() + clear)
        if version == "E":
            run = Cipher(algorithms.AES(enc), modes.CTR(mac)).encryptor()
            sealed = run.update(clear) + run.finalize()
        else:
            sealed = cbc(kind, enc, mac, clear)
    return head + (sealed + mac).hex().upper()


def tr31_open(kbpk, block, head_size):
    version = block[0]
    enc, _ = tr31_keys(version, kbpk)
    mac_chars = {"A": 8, "B": 16, "C": 8, "D": 32, "E": 32}[version]
    sealed, mac = bytes.fromhex(block[head_size:-mac_chars]), bytes.fromhex(block[-mac_chars:])
    if version == "E":
        mode = modes.CTR(mac)
    else:
        mode = modes.CBC(block[:8].encode() if version in "AC" else mac)
    run = Cipher(algorithm("tdea" if version in "ABC" else "aes", enc), mode).decryptor()
    clear = run.update(sealed) + run.finalize()
    size = int.from_bytes(clear[:2], "big") // 8
    return clear[2:2 + size], clear[2 + size:]


# --- writing ---------------------------------------------------------------------------------

H = bytes.fromhex


def up(data):
    return data.hex().upper()


class File:
    def __init__(self, name, group):
        self.name, self.group, self.lines = name, group, []

    def add(self, case, op, source, question, expect):
        self.lines.append(json.dumps({"id": case, "op": op, "group": self.group, "source": source,
                                      "in": question, "expect": expect}, separators=(",", ":")))

    def write(self):
        (HERE / self.name).write_text("\n".join(self.lines) + "\n")


def agree(case, published, computed):
    assert published == computed, f"{case}: published {published}, computed {computed}"


# --- AN10922 ---------------------------------------------------------------------------------

COMPUTED = "computed: make_vectors.py, second implementation"


def write_an10922():
    out = File("an10922.jsonl", "an10922")
    op = "vsam.an10922"
    k16 = "00112233445566778899AABBCCDDEEFF"
    k24 = k16 + "0102030405060708"
    k32 = k24 + "090A0B0C0D0E0F00"
    m = "04782E21801D803042F54E585020416275"  # UID, AID, "NXP Abu"
    nxp = "NXP AN10922 rev. 2.2, worked example of "
    published = [
        ("aes128", k16, m, "A8DD63A3B89D54B37CA802473FDA9175", nxp + "2.2.1, as quoted by libfreefare and others"),
        ("aes192", k24, m, "CE39C8E1CD82D9A7BEDBE9D74AF59B23176755EE7586E12C", nxp + "2.3.1, as quoted in public test suites"),
        ("aes256", k32, m, "4FC6EEC820B4C54314990B8611662DB695E7880982C0001E6067488346100AED", nxp + "2.4.1, as quoted in public test suites"),
        ("2tdea", k16, m[:30], "16F8597C9E8910C86B9648D006107DD7", nxp + "2TDEA, before the key version is put in (16F9587D9E8910C9… with version 55)"),
        ("3tdea", k24, m[:26], "2F0DD03675D3FB9A5705AB0BDA91CA0B55B8E07FCDBF10EC", nxp + "3TDEA, before the key version is put in (2E0DD03774D3FA9B… with version 55)"),
    ]
    for cipher, key, data, want, source in published:
        agree(cipher, want, up(an10922(cipher, H(key), H(data))))
        out.add("published " + cipher, op, source, {"cipher": cipher, "key": key, "data": data}, {"ok": {"key": want}})
    key, data, want = "F3F9377698707B688EAF84ABE39E3791", "04DEADBEEFFEED", "0BB408BAFF98B6EE9F2E1585777F6A51"
    agree("AN10957", want, up(an10922("aes128", H(key), H(data))))
    out.add("published short input", op, "NXP AN10957's example of AN10922, as quoted in public test suites: 8 bytes are padded to 32",
            {"cipher": "aes128", "key": key, "data": data}, {"ok": {"key": want}})
    ramp = bytes(range(31))
    quoted = {1: "281049D52ECBC8F60961993D34DE3D54", 7: "E8B7F67C78C34AF1446E331EF7E6D3FF",
              15: "5A3C7F6F0687F24F82DEE7EDA0970D08", 16: "FEED9FBD36CDB16819A72D30BCF9240B",
              31: "21C28CD89BB3147F66C7DBD4851CAB20"}
    for size, want in quoted.items():
        agree(size, want, up(an10922("aes128", H(k16), ramp[:size])))
    for cipher, key, most in (("aes128", k16, 31), ("aes192", k24, 31), ("aes256", k32, 31), ("2tdea", k16, 15), ("3tdea", k24, 15)):
        for size in sorted({1, 2, 6, 7, 8, 14, 15, most - 1, most}):
            if size > most:
                continue
            data = ramp[:size]
            out.add(f"{cipher}, {size} bytes", op, COMPUTED, {"cipher": cipher, "key": key, "data": up(data)},
                    {"ok": {"key": up(an10922(cipher, H(key), data))}})
        for size in (0, most + 1):
            out.add(f"{cipher}, {size} bytes are refused", op, "by hand: AN10922, 2", {"cipher": cipher, "key": key, "data": "00" * size},
                    {"error": {"code": "DIVERSIFICATION_INPUT"}})
        out.add(f"{cipher}, key too short", op, "by hand", {"cipher": cipher, "key": key[2:], "data": "01"}, {"error": {"code": "KEY_LENGTH"}})
    out.add("unknown cipher", op, "by hand", {"cipher": "des", "key": k16, "data": "01"}, {"error": {"code": "BAD_VALUE", "where": "in.cipher"}})
    out.write()


# --- DUKPT -----------------------------------------------------------------------------------

B128 = "FEDCBA9876543210F1F1F1F1F1F1F1F1"
B192 = B128 + "FEDCBA9876543210"
B256 = B128 * 2
ID = "1234567890123456"
SUPPLEMENT = "ANSI X9.24-3-2017 Supplement, Test Vectors, as quoted in public test suites"
X9241 = "ANSI X9.24-1:2009, A.4, as quoted in public test suites"
PAYSEC = "public test suite that took it from ASC X9's reference program for X9.24-3-2017"


def write_dukpt():
    out = File("dukpt.jsonl", "dukpt")
    op = "vsam.dukpt.key"

    def published(source, alg, bdk, ksn, usage, want, key_type=None, ik=None):
        q = {"algorithm": alg, **({"bdk": bdk} if bdk else {"ik": ik}), "ksn": ksn, "usage": usage}
        if key_type:
            q["key_type"] = key_type
        got = dukpt(alg, H(ksn), usage, key_type, H(bdk) if bdk else None, H(ik) if ik else None)
        agree((alg, ksn, usage), want, up(got))
        out.add(f"{alg} {usage} {key_type or ''} {ksn[-8:]}".replace("  ", " "), op, source, q, {"ok": {"key": want}})

    ik128, ik256 = "1273671EA26AC29AFA4D1084127652A1", "CE9CE0C101D1138F97FB6CAD4DF045A7083D4EAE2D35A31789D01CCF0949550F"
    published(SUPPLEMENT, "aes128", B128, ID + "00000001", "initial_key", ik128)
    published(SUPPLEMENT, "aes256", B256, ID + "00000001", "initial_key", ik256)
    tx128 = {
        0x1: "4F21B565BAD9835E112B6465635EAE44", 0x2: "2F34D68DE10F68D38091A73B9E7C437C",
        0x3: "031504E530365CF81264238540518318", 0x4: "0EEFC7ADA628BA68878DA9165A8A1887",
        0x5: "C2A7AC328A5DA2D6002D62465BFC028B", 0x6: "D30F7D9351DA58448A2F5E92B4EE3B7D",
        0x7: "A8253CEED9AC042C54F75D35C8352278", 0x8: "718EE6CF0B27E53D5F7AF99C4D8146A2",
        0x1FFFE: "E21E8C8D347F8561A2BE752DAA85A111", 0x20000: "F7AE9025468A25D37B7249CFFED224C8",
        0x20001: "692C8EA4013645135B36497131DF9D2C", 0xFFFE2000: "48E585B694EB0B18D5C35443E163C0BA",
        0xFFFE4000: "396C2C7CA1EA701C03B86B7D41F0C562", 0xFFFE8000: "0387625F189B58AE03EF0E8CCA41105E",
        0xFFFF0000: "F6BA59389BD14A9855BE9727E7C52E3C"}
    tx256 = {
        0x1: "54AC2B32B145EA4A554CB8BC44B17467063A799856B1CCC2A138D36E8DBF78B3",
        0x2: "5DD5A0253842BBBE1D7C0DA27021412C6F1FAB53FB928DEAE56DA06090A9DE97",
        0x3: "8EEEF7C464AE415BB1D73FAED21993CD669F7999092A579EC6DD3CC680C65171",
        0x4: "C18CBED570B3B89ECADA7CEC9C224CD5A86ECF3DE377D3EFAB720F8C4D76B9D0",
        0x8: "20A796D5077D51B8E7613893A4F095B134E02917DC84BD391F3661D0873FF308",
        0x1FFFE: "A289508CBF1228452CD86AB77B15CB35577AC828C18BB66681E5A16D6C9CCED3",
        0x20000: "D62DDA94A47D7DA5D763443B4ECB15EA8DD62E0E4F915958BA459591F8312E37",
        0x20001: "44110A1102748D4A3AC326F53D8CAC650212590CA7126D54546DDE0F20E89CEE",
        0xFFFE2000: "4625EB06E4886D4AFCC9AE37ED4F4E4E1653C9E60E3F24742A87A26AA96AB7A6",
        0xFFFF0000: "6D6DB7AAAE8B3EA90E57A39E4BBA71E173B21B446B30A78D64BFC6A8806C55EE"}
    for counter, want in tx128.items():
        published(SUPPLEMENT, "aes128", B128, ID + f"{counter:08X}", "key_derivation", want)
    for counter, want in tx256.items():
        published(SUPPLEMENT, "aes256", B256, ID + f"{counter:08X}", "key_derivation", want)
    for counter, pin, mac, data in (
            (1, "AF8CB133A78F8DC2D1359F18527593FB", "A2DC23DE6FDE0824A2BC321E08E4B8B7", "A35C412EFD41FDB98B69797C02DCD08F"),
            (2, "D30BDC73EC9714B000BEC66BDB7B6D09", "484C3B06E8562704528CD5B46FB12FB6", "D639514AA33AC43AD9229E433D6D4E5B"),
            (3, "7D69F01F3B45449F62C7816ECE723268", "A5DF7D9D800CA769766F0C77CA4E6E6C", "EF17F6AB45B4820C93A3DCB21BC491AD"),
            (4, "91A0588318EC2673214271F70137896E", "E6E4679647D8A9057C1FC15537CB4C4E", "B3BD44C08BB6BA27C3BB4711D7D70387"),
            (5, "35A43BC9EFEB09C756204B57E3FB7D4D", "0588185FE1FF8C7E22FAD78C1C61F065", "CA02DF6F30B39E14BD0B4A30E460920F"),
            (0x1FFFE, "DDF7E08A84B5478C498D007C743BF762", "6D7623AD652734B8FAE1B6E093EACE3D", "8E4E5D5E0F01C54F01F4ACA1C8F8EDCE"),
            (0x20000, "AB828BE7B58C7EC5D5ED0D5D320A0C9D", "0B59D3D7D93028D97135FB895CACE24E", "13361208975755318FE7AE28C9616014")):
        ksn = ID + f"{counter:08X}"
        for usage, want in (("pin_encryption", pin), ("mac_generation", mac), ("data_encrypt", data)):
            published(SUPPLEMENT, "aes128", B128, ksn, usage, want)
            published(SUPPLEMENT, "aes128", None, ksn, usage, want, "aes128", ik=ik128)
    one = ID + "00000001"
    for usage, want in (("key_encryption", "36A724B7BEFA5A25F5E7B5782A4554A2"), ("mac_verification", "DBB463945B286C07CD3AD82EE96FD9C9"),
                        ("mac_both", "85675439D18D7F1158BD8E3EAA3D502B"), ("data_decrypt", "16292C6EA8F64C5420A0584BFBC577BE"),
                        ("data_both", "A308E080DD15A1B741F1721BF67DE11C")):
        published(PAYSEC, "aes128", B128, one, usage, want)
    for usage, want in (("pin_encryption", "8C1AB7BEE973829E30242E0BBBDD4946D540C98FC1B5BDCF94790001A23FD502"),
                        ("mac_generation", "61DABDF4B340CF461EE860B1D1AB55357142BD2D6977306859CF49AEFE8F1549"),
                        ("data_encrypt", "71EB36C9A6B7F801D1D1700C29741FC5A5C4E9B45D742DA7AF6992B8AA29AF58")):
        published(SUPPLEMENT, "aes256", B256, one, usage, want)
    for usage, want in (("pin_encryption", "09C9C432966811D6B2C3336BAC1B1202"), ("mac_generation", "F04A1FABD4176E15490CEC82E217A96D"),
                        ("data_encrypt", "616D59AE91F8CC7016F89FDA29605FA4")):
        published(SUPPLEMENT, "aes256", B256, one, usage, want, "aes128")
    for key_type, usage, want in (
            ("2tdea", "pin_encryption", "630C706D9546E47D4449313F61C4D4AB"), ("2tdea", "mac_generation", "5D8FD787E8A796D07035FFCA9B5800BB"),
            ("2tdea", "data_encrypt", "BD44121C223F831446A01EE3A4CB58D2"), ("3tdea", "pin_encryption", "EA8B3F37EB9B15831167EF2977FD8762D9B5913F35766F6A"),
            ("3tdea", "mac_generation", "2A1061A6EAC2C14FAC3758EA07B3648A624B24E942785BF1"),
            ("3tdea", "data_encrypt", "F716DFBC6B2D2D5825B694EEEE181A013F2F1C09380BBE0C")):
        published(SUPPLEMENT, "aes128", B128, one, usage, want, key_type)
    for counter, key_type, pin, mac, data in (
            (1, "aes128", "3C318CDBF08322279557201E98DBB3F3", "3E7009C74E8166BC9059D3D92D36B487", "04C5C3926A8B9B2B833F33D4C6E581EE"),
            (3, "aes192", "64AE12F5E0FB2001B22520CED9C5CF1A8AA45AAA3F264882", "29A29A9C943EAA03D2F5CAD146BA765094C2CF0343C53D1A",
             "A5DDCE36A4ECC8781C466C2270BA499EC4654AA166392EFC")):
        for usage, want in (("pin_encryption", pin), ("mac_generation", mac), ("data_encrypt", data)):
            published(PAYSEC, "aes192", B192, ID + f"{counter:08X}", usage, want, key_type)
    update = ID + "FFFFFFFF"
    published(SUPPLEMENT, "aes128", B128, update, "key_encryption", "9A9770AEE1ACD1B13473D0463A1883B9")
    published(SUPPLEMENT, "aes128", B128, update, "key_encryption", "4744A5ECBC62B5C4BB76FBEAE1E244A3", "2tdea")
    published(SUPPLEMENT, "aes128", B128, update, "key_encryption", "AF82BE8533CFCA526DA71708667AD0BBC7A7517504C78C8A", "3tdea")
    published(SUPPLEMENT, "aes256", B256, update, "key_encryption", "AEFB210C136278A1279F7C8815F446DB8EBE2AA910B157AA4E6484D8DE9C4807")
    published(SUPPLEMENT, "aes256", B256, update, "key_encryption", "90E54E4A70160C7E085C09D2B241D343", "aes128")
    published(PAYSEC, "aes192", B192, update, "key_encryption", "8222D2B5467D432E12269F5C85FF9F3F465528EF503A7C11")

    tdes, tid = "0123456789ABCDEFFEDCBA9876543210", "FFFF98765432"
    published(X9241, "tdes", tdes, tid + "10E00001", "initial_key", "6AC292FAA1315B4D858AB3A3D7D5933A")
    tx = {"10E00001": "042666B49184CFA368DE9628D0397BC9", "10E00002": "C46551CEF9FD24B0AA9AD834130D3BC7",
          "10E00003": "0DF3D9422ACA56E547676D07AD6BADFA", "10E00004": "279C0F6AEED0BE652B2C733E1383AE91",
          "10E00005": "5F8DC6D2C845C125508DDC048093B83F", "10E00007": "0C8F780B7C8B49D0AE84A9EB2A6CE660",
          "10E00008": "27F66D5244FF62E1AA6F6120EDEB4280", "10E0000F": "93DD5B956C4878472E453AAEFD32A5AA",
          "10E00015": "E161D1956A61F6D2F37AFD7F9CC3699A", "10EFF800": "F9CDFEBF4F5B1D9EB3EC12454527E176",
          "10EFF801": "5BEE92627E97825C911BF619DF72CA3B", "10EFF880": "CA8225C587124DFBB87F279C0BE29727",
          "10EFFC00": "F9430DF975082491C77BE4EF4FDB91EE", "10F00000": "AA4D58DB653EC74A48C75F2F047DD2B5"}
    for low, want in tx.items():
        published(X9241, "tdes", tdes, tid + low, "key_derivation", want)
    pin_block = H("041274EDCBA9876F")
    for low, block in (("10E00001", "1B9C1845EB993A7A"), ("10E00002", "10A01C8D02C69107"), ("10E00015", "72105C22EBC791E6"),
                       ("10EFF800", "33365F5CC6F23C35"), ("10F00000", "73EC88AD0AC5830E")):
        key = dukpt("tdes", H(tid + low), "pin_encryption", bdk=H(tdes))
        agree("PIN block " + low, block, up(ecb("tdea", key, pin_block)))
        out.add(f"tdes pin_encryption {low}", op, X9241 + ": the key that encrypts its PIN block as printed there",
                {"algorithm": "tdes", "bdk": tdes, "ksn": tid + low, "usage": "pin_encryption", "key_type": "2tdea"}, {"ok": {"key": up(key)}})

    def computed(alg, bdk, ksn, usage, key_type=None):
        q = {"algorithm": alg, "bdk": bdk, "ksn": ksn, "usage": usage, **({"key_type": key_type} if key_type else {})}
        out.add(f"computed {alg} {usage} {key_type or ''} {ksn[-8:]}".replace("  ", " "), op, COMPUTED, q,
                {"ok": {"key": up(dukpt(alg, H(ksn), usage, key_type, H(bdk)))}})

    for usage in TDES_VARIANTS:
        computed("tdes", tdes, tid + "10E00013", usage)
    for alg, bdk in (("aes128", B128), ("aes192", B192), ("aes256", B256)):
        for usage in AES_USAGES:
            computed(alg, bdk, ID + "00005A5A", usage, "hmac256")
        for key_type in AES_TYPES:
            computed(alg, bdk, ID + "0000FFFF", "mac_both", key_type)
        computed(alg, bdk, ID + "00000000", "initial_key")

    def refused(case, code, question, where=None):
        out.add("refused: " + case, op, "by hand", question, {"error": {"code": code, **({"where": where} if where else {})}})

    base = {"algorithm": "aes128", "bdk": B128, "ksn": one, "usage": "pin_encryption", "key_type": "aes128"}
    refused("17 bits set", "KSN_COUNTER", {**base, "ksn": ID + "0001FFFF"})
    refused("counter 0", "KSN_COUNTER", {**base, "ksn": ID + "00000000"})
    refused("17 bits set, initial key", "KSN_COUNTER", {**base, "ksn": ID + "0001FFFF", "usage": "initial_key"})
    refused("FFFFFFFF for another usage", "KSN_COUNTER", {**base, "ksn": update})
    refused("FFFFFFFE with key_encryption", "KSN_COUNTER", {**base, "ksn": ID + "FFFFFFFE", "usage": "key_encryption"})
    refused("a TDES KSN with AES", "KSN_LENGTH", {**base, "ksn": tid + "10E00001"}, "in.ksn")
    refused("an AES KSN with TDES", "KSN_LENGTH", {**base, "algorithm": "tdes", "key_type": "2tdea"}, "in.ksn")
    refused("another length of BDK", "KEY_LENGTH", {**base, "bdk": B256}, "in.bdk")
    refused("another length of IK", "KEY_LENGTH", {**{k: v for k, v in base.items() if k != "bdk"}, "ik": B256})
    refused("both BDK and IK", "BAD_VALUE", {**base, "ik": ik128})
    refused("neither BDK nor IK", "MISSING_FIELD", {k: v for k, v in base.items() if k != "bdk"})
    refused("a transaction key of another type", "DUKPT_USAGE", {**base, "usage": "key_derivation", "key_type": "aes256"})
    tbase = {"algorithm": "tdes", "bdk": tdes, "ksn": tid + "10E00001", "usage": "pin_encryption", "key_type": "2tdea"}
    refused("TDES key encryption", "DUKPT_USAGE", {**tbase, "usage": "key_encryption"})
    refused("TDES AES key", "DUKPT_USAGE", {**tbase, "key_type": "aes128"})
    refused("TDES, 11 bits set", "KSN_COUNTER", {**tbase, "ksn": tid + "10E007FF"})
    refused("TDES, counter 0", "KSN_COUNTER", {**tbase, "ksn": tid + "10E00000"})
    refused("unknown usage", "BAD_VALUE", {**base, "usage": "pin"}, "in.usage")
    out.write()


# --- TR-31 -----------------------------------------------------------------------------------

TR31 = "ASC X9 TR-31:2018, "
X9143 = "ANSI X9.143:2021, "
QUOTED = ", as quoted in public test suites"
PAYSHIELD = "made by a Thales payShield 10K, from the public tests of github.com/openemv/tr31"


def header_json(version, usage, alg, mode, number, export, blocks):
    return {"version": version, "usage": usage, "algorithm": alg, "mode": mode, "version_number": number,
            "exportability": export, "optional_blocks": [{"id": i, "data": d} for i, d in blocks]}


def read_head(block):
    """Header fields and size of a well-formed block."""
    at, blocks = 16, []
    for _ in range(int(block[12:14])):
        size, skip = int(block[at + 2:at + 4], 16), 4
        if size == 0:
            size, skip = int(block[at + 6:at + 10], 16), 10
        blocks.append((block[at:at + 2], block[at + skip:at + size]))
        at += size
    named = [b for b in blocks if b[0] != "PB"]
    return header_json(block[0], block[5:7], block[7], block[8], block[9:11], block[11], named), at


def write_tr31():
    out = File("tr31.jsonl", "tr31")

    def both(case, source, kbpk, key, block):
        header, head_size = read_head(block)
        got, padding = tr31_open(H(kbpk), block, head_size)
        agree(case, key, up(got))
        agree(case, block, tr31_wrap(H(kbpk), block[:head_size], got, padding))
        out.add("unwrap " + case, "vsam.tr31.unwrap", source, {"kbpk": kbpk, "block": block}, {"ok": {"header": header, "key": key}})
        if block[0] in "BDE":
            out.add("wrap " + case, "vsam.tr31.wrap", source + "; the padding recovered from it",
                    {"kbpk": kbpk, "header": header, "key": key, "padding": up(padding)}, {"ok": {"block": block}})

    k2 = "3F419E1CB7079442AA37474C2EFBF8B8"
    kd = "88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6"
    iso = "3235362D62697420414553207772617070696E67202849534F20323030333829"
    ps = "EFE0853B256B583D868F251CE99EA1D9"
    psk = "5DB50B454F8389ADCE573BE50861F2BF"
    a32 = "41" * 32
    both("A, TR-31 A.7.2.1", TR31 + "A.7.2.1" + QUOTED, "89E88CF7931444F334BD7547FC3F380C", "F039121BEC83D26B169BDCD5B22AAF8F",
         "A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701")
    both("B, TR-31 A.7.2.2", TR31 + "A.7.2.2" + QUOTED, "DD7515F2BFC17F85CE48F3CA25CB21F6", k2,
         "B0080P0TE00E000094B420079CC80BA3461F86FE26EFC4A3B8E4FA4C5F5341176EED7B727B8A248E")
    both("C, TR-31 A.7.3.1", TR31 + "A.7.3.1" + QUOTED, "B8ED59E0A279A295E9F5ED7944FD06B9", "EDB380DD340BC2620247D445F5B8D678",
         "C0096B0TX12S0100KS1800604B120F9292800000BFB9B689CB567E66FC3FEE5AD5F52161FC6545B9D60989015D02155C")
    both("B with KS, TR-31 A.7.3.2", TR31 + "A.7.3.2" + QUOTED, "1D22BF32387C600AD97F9B97A51311AC", "E8BC63E5479455E26577F715D587FE68",
         "B0104B0TX12S0100KS1800604B120F9292800000BB68BE8680A400D9191AD4ECE45B6E6C0D21C4738A52190E248719E24B433627")
    both("D, TR-31 A.7.4", TR31 + "A.7.4" + QUOTED, kd, k2,
         "D0112P0AE00E0000B82679114F470F540165EDFBF7E250FCEA43F810D215F8D207E2E417C07156A27E8E31DA05F7425509593D03A457DC34")
    both("D, X9.143 8.1", X9143 + "8.1" + QUOTED, kd, k2,
         "D0144P0AE00E00002C77FA3F4A553BED6E88AE5C172A4166E3D4ACA8E2AC71C158A476FAC12C13C3829DE55D3AB54C48F4C4FEF7AC75E90FC47F1B77E7B19A73ED46E64410082557")
    both("D with KS, TS and PB, X9.143 8.2", X9143 + "8.2" + QUOTED,
         "E38331FBACE33F0B8694ABA5DC611CA20831949FEB8988102147291578F704E1", "8C326037F8910BBFDBC267E5101DFBF9480433028D5E67B34673440F8ACEC972",
         "D0192C0AVA1N0300KS08VM9ATS1A2018-06-18T20:42:39.22PB0E00000000005FDAFA00A1E84F599C2EB51A1F7A767D5E42314F0E84A3FC1A7B84C1DE81114659E6306AD544208F68F15602BD3E12DA0C7F9FC551F1C8E6385FAFC1F7B499F5")
    both("C with KS, X9.143 8.4.1", X9143 + "8.4.1 with its length mended" + QUOTED, "B8ED59E0A279A295E9F5ED7944FD06B9", "EDB380DD340BC2620247D445F5B8D678",
         "C0112B0TX12S0100KS1800604B120F929280000042B758A2400AB598AE37782823DAF0BA4BDB0DAFF34915345CA169AE1F976A429EB139E5")
    both("B with KS, X9.143 8.4.2", X9143 + "8.4.2" + QUOTED, "1D22BF32387C600AD97F9B97A51311AC", "E8BC63E5479455E26577F715D587FE68",
         "B0120B0TX12S0100KS1800604B120F929280000015CEB14B76D551F21EC43A75390FA118A98C6CB049E3B9E864A5F4A8B9A5108A6DB5635C95B042D7")
    both("B, X9.143:2022 8.3.2.2", "ANSI X9.143:2022, 8.3.2.2" + QUOTED, "DD7515F2BFC17F85CE48F3CA25CB21F6", k2,
         "B0096P0TE00E0000D7ED9E189BC6F715125B265B149DF8FE218A396785608923D6197378386A3759308FC49A2AA891BA")
    both("E, ISO 20038 B.2", "ISO 20038:2017, B.2" + QUOTED, iso, "777261707065642033444553206B6579",
         "E0084B0TV16N0000B2AE5E26BBA7F246E84D5EA24167E208A6B66EF2E27E55A52DB52F0AEACB94C57547")
    both("D, ISO 20038 B.3", "ISO 20038:2017, B.3 (the key of its MAC input)" + QUOTED, iso, "767361707064642032454552206B6479",
         "D0112M3TV16N000018462FA5903B8D2B82FEE26B29713C0BE7ED81601087F12252093D06FC0A012C1CF769AD0E3E9E4877166AB013FC22B4")
    for block in ("A0072K0TN00N0000F40D5672C6D0EC86F860BA88D44D00F0CA9A8CE8CD2F640287A9A9EB",
                  "B0080K0TN00N00001C414014375212C24995E405B5EE052CB92B67F455EA2680F6751088F9F1C228",
                  "C0072K0TN00N0000C9B875FF7A5316BF221C09ED52080DE0B45632A4EA9CE87699CB565E"):
        both(block[0] + ", payShield", PAYSHIELD, ps, psk, block)
    both("D with a TDEA key, payShield", PAYSHIELD, a32, "1FA1F7CEC798D91545DA8AE0C7796BD9",
         "D0112B0TN00N000037DB9B046B7B0048785690759580ABC3B9842AB4BB7717B49E92528E575785D8123559376A2553B27BE94F054F4E971C")
    both("D with an AES-256 key, payShield", PAYSHIELD, a32, "BE19E6A07A760F10EF8E83A226B63AAD141F463FDDD4F47DB244B4023EC3CACC",
         "D0144D0AN00N0000127862F945C2DED04530FAF7CDBC8B0BA10C7AA79BD5E0C2C5D6AC173BF588E4B19ACF1357178D50EA0AB193228E13958304FC6149632DFDCADF3A5B3D57E814")
    psec = "from a third party, in the public tests of github.com/knovichikhin/psec"
    for kbpk, key, block in (
            ("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBB", "EEEEEEEEEEEEEEEE", "B0096M3TC00E0000B6CD513680EF255FC0DC590726FD0129A7CF6602E7F271631AB4EE7350642F11181AF4CC12F12FD9"),
            ("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCC", "CCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD", "A0088M3TC00E000022BD7EC46BBE2A6A73389D1BA6DB63120B386F912839F4679C0523399E4D8D0F1D9A356E"),
            ("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCC", "CCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD", "B0096M3TC00E0000C7C6FE86A5DE769C20DCA238C52341378B484D544A9764D43963C3B2824AE56C2D07A565DD3AB342"),
            ("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCC", "CCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD", "C0088M3TC00E000091FA4978279FD9C218BDCBE9CC62F11A182F828406B67AC61B5573748FCF348FD59FA93A"),
            ("B8ED59E0A279A295E9F5ED7944FD06B9", "F039121BEC83D26B169BDCD5B22AAF8F", "A0112P0TE12E0200KS1400604B120F929280PB047A1BB737854CD7AF58A8A1E4506A942277EDA76EBA6BA228AF62ADDA3AD8799E8B2C8CD7")):
        both(f"{block[0]} {block[-6:]}, psec", psec, kbpk, key, block)

    # Every version, KBPK and key length; optional blocks of many kinds; the extended length.
    ramp = bytes(range(64))
    for version, kbpks in (("B", (16, 24)), ("D", (16, 24, 32)), ("E", (16, 24, 32))):
        for kbpk_size in kbpks:
            for alg, sizes in (("T", (16, 24)), ("A", (16, 24, 32)), ("H", (20,))):
                for size in sizes:
                    unit = {"B": 8, "D": 16, "E": 1}[version]
                    padding = ramp[:-(2 + size) % unit]
                    kbpk, key = up(ramp[8:8 + kbpk_size]), ramp[1:1 + size]
                    block = tr31_wrap(H(kbpk), f"{version}0000D0{alg}B00E0000", key, padding)
                    both(f"{version} under {kbpk_size} bytes, {alg} of {size}", COMPUTED, kbpk, up(key), block)
    for version, unit in (("B", 8), ("D", 16), ("E", 16)):
        for size in (1, 3, 9, 251, 252, 300):
            data = ("0123456789 ~!" * 30)[:size]
            tail = f"AB{size + 4:02X}{data}" if size + 4 <= 255 else f"AB0002{size + 10:04X}{data}"
            fill = -len(tail) % unit
            if fill:
                fill += unit if fill < 4 else 0
                tail += f"PB{fill:02X}" + "0" * (fill - 4)
            head = f"{version}0000K1AN00S{2 if fill else 1:02d}00{tail}"
            kbpk = up(ramp[:16])
            both(f"{version} with an optional block of {size}", COMPUTED, kbpk, up(ramp[:16]),
                 tr31_wrap(H(kbpk), head, ramp[:16], ramp[:14]))

    good = "D0112P0AE00E0000B82679114F470F540165EDFBF7E250FCEA43F810D215F8D207E2E417C07156A27E8E31DA05F7425509593D03A457DC34"
    ks = "B0104B0TX12S0100KS1800604B120F9292800000BB68BE8680A400D9191AD4ECE45B6E6C0D21C4738A52190E248719E24B433627"
    kks = "1D22BF32387C600AD97F9B97A51311AC"

    def refused(case, code, block, kbpk=kd):
        out.add("refused: " + case, "vsam.tr31.unwrap", "by hand", {"kbpk": kbpk, "block": block}, {"error": {"code": code}})

    refused("nothing", "KEY_BLOCK_LENGTH", "")
    refused("cut in the header", "KEY_BLOCK_LENGTH", good[:15])
    refused("one character less", "KEY_BLOCK_LENGTH", good[:-1])
    refused("one character more", "KEY_BLOCK_LENGTH", good + "0")
    refused("a length that is not digits", "KEY_BLOCK_LENGTH", good[:1] + "01A2" + good[5:])
    refused("a header alone", "KEY_BLOCK_LENGTH", "D0016P0AE00E0000")
    refused("half a cipher block", "KEY_BLOCK_LENGTH", "D0096" + good[5:96])
    refused("version F", "KEY_BLOCK_VERSION", "F" + good[1:])
    refused("version a", "KEY_BLOCK_VERSION", "a" + good[1:])
    for at, char, what in ((5, "*", "usage"), (7, "Z", "algorithm"), (8, "Z", "mode"), (10, "-", "version number"),
                           (11, "X", "exportability"), (13, "A", "number of optional blocks"), (14, "3", "context"), (15, "1", "reserved")):
        refused("bad " + what, "KEY_BLOCK_HEADER", good[:at] + char + good[at + 1:])
    refused("optional block without length", "KEY_BLOCK_OPTIONAL", ks[:18] + "ZZ" + ks[20:], kks)
    refused("optional block shorter than its head", "KEY_BLOCK_OPTIONAL", ks[:18] + "03" + ks[20:], kks)
    refused("optional block beyond the end", "KEY_BLOCK_OPTIONAL", ks[:18] + "FF" + ks[20:], kks)
    refused("optional blocks that fill no cipher block", "KEY_BLOCK_OPTIONAL", ks[:18] + "17" + ks[20:], kks)
    refused("optional block with a control character", "KEY_BLOCK_OPTIONAL", ks[:20] + "\x07" + ks[21:], kks)
    refused("optional block with a bad id", "KEY_BLOCK_OPTIONAL", ks[:16] + "K*" + ks[18:], kks)
    refused("more optional blocks than there are", "KEY_BLOCK_OPTIONAL", ks[:12] + "99" + ks[14:], kks)
    refused("extended length of no digits", "KEY_BLOCK_OPTIONAL", ks[:18] + "0000" + ks[22:], kks)
    refused("lower case hex", "KEY_BLOCK_HEX", good[:-8] + good[-8:].lower())
    refused("no hex", "KEY_BLOCK_HEX", good[:16] + "G" + good[17:])
    refused("changed MAC", "KEY_BLOCK_MAC", good[:-1] + "5")
    refused("changed ciphertext", "KEY_BLOCK_MAC", good[:16] + "C" + good[17:])
    refused("changed usage", "KEY_BLOCK_MAC", good[:5] + "D0" + good[7:])
    refused("changed exportability", "KEY_BLOCK_MAC", good[:11] + "S" + good[12:])
    refused("another KBPK", "KEY_BLOCK_MAC", good, up(bytes(32)))
    refused("a KBPK of another length", "KEY_LENGTH", good, up(bytes(20)))
    refused("a KBPK of 32 bytes with version B", "KEY_LENGTH", ks, up(bytes(32)))
    kbpk = ramp[:16]

    def with_length(case, bits, alg="A"):
        clear = bits.to_bytes(2, "big") + ramp[:30]
        enc, mac_key = tr31_keys("D", kbpk)
        head = f"D0112D0{alg}B00E0000"
        mac = cmac("aes", mac_key, head.encode() + clear)
        refused(case, "KEY_BLOCK_KEY", head + up(cbc("aes", enc, mac, clear) + mac), up(kbpk))

    with_length("a key of 0 bits", 0)
    with_length("a HMAC key of 0 bits", 0, "H")
    with_length("a key of 127 bits", 127)
    with_length("a key of 256 bits in 30 bytes", 256)
    with_length("an AES key of 120 bits", 120)
    with_length("a TDEA key of 32 bits", 32, "T")

    wrap = {"kbpk": kd, "header": header_json("D", "P0", "A", "E", "00", "E", []), "key": k2, "padding": "1C2965473CE206BB855B01533782"}

    def refused_wrap(case, code, **changes):
        header = {**wrap["header"], **changes.pop("header", {})}
        out.add("refused to wrap: " + case, "vsam.tr31.wrap", "by hand", {**wrap, "header": header, **changes}, {"error": {"code": code}})

    for version in "AC":
        refused_wrap("version " + version, "KEY_BLOCK_VERSION", header={"version": version}, kbpk=kks)
    refused_wrap("padding that fills no block", "KEY_BLOCK_PADDING", padding="00")
    refused_wrap("no key", "KEY_BLOCK_KEY", key="", padding="")
    refused_wrap("an AES key of 8 bytes", "KEY_BLOCK_KEY", key="0011223344556677")
    refused_wrap("a usage of one character", "KEY_BLOCK_HEADER", header={"usage": "P"})
    refused_wrap("an unknown mode", "KEY_BLOCK_HEADER", header={"mode": "Q"})
    refused_wrap("PB given", "KEY_BLOCK_OPTIONAL", header={"optional_blocks": [{"id": "PB", "data": "00"}]})
    refused_wrap("an optional block twice", "KEY_BLOCK_OPTIONAL", header={"optional_blocks": [{"id": "KS", "data": "00"}, {"id": "KS", "data": "01"}]})
    refused_wrap("more than 9999 characters", "KEY_BLOCK_LENGTH", header={"optional_blocks": [{"id": "KS", "data": "0" * 9990}]})
    refused_wrap("a KBPK of 15 bytes", "KEY_LENGTH", kbpk="00" * 15)
    refused_wrap("version of two characters", "BAD_VALUE", header={"version": "DD"})
    refused_wrap("an unknown field", "UNKNOWN_FIELD", header={"length": "0112"})
    out.write()


if __name__ == "__main__":
    write_an10922()
    write_dukpt()
    write_tr31()
