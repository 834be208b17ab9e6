// plaza lists: signs what gates are to believe (docs/formats/signed-list.md), and shows it.
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "apps/plaza/cli.h"
#include "apps/plaza/errors.h"
#include "apps/plaza/own_file.h"
#include "apps/plaza/query.h"
#include "libs/base/hex.h"
#include "libs/emv/crypto/secret.h"
#include "libs/emv/lists/signed_list.h"
#include "libs/runtime/key_file.h"

namespace plaza {
namespace {

Result<std::string> ReadWhole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in) return Error(kBadFile, "it cannot be read", path);
  return text;
}

int MakeKey(const std::string& file) {
  if (std::filesystem::exists(file)) {
    return Complain(Error(kFileExists, "a key may be in it that is in use", file));
  }
  std::array<std::uint8_t, 32> seed{};
  emv::RandomBytes(seed);
  const std::string public_key = ToHex(emv::Ed25519PublicKeyOf(seed));
  const auto written = WriteOwnFile(file, ToHex(seed) + "\n");
  emv::Zeroise(seed);
  if (!written.ok()) return Complain(written.error());
  std::cerr << "the private key is in " << file << ", for its owner alone; gates trust it by\n";
  std::cout << "kernel.list_keys = \"" << public_key << "\"\n";
  return 0;
}

struct Signing {
  std::string kind = "ca-keys";
  std::uint64_t epoch = 0;
  std::string key;
  std::string in;
  std::string out;
};

int Sign(const Signing& signing) {
  if (!emv::IsListKind(signing.kind)) {
    return Complain(Error(kBadListKind, "'" + signing.kind + "'", "--kind"));
  }
  const auto body = ReadWhole(signing.in);
  if (!body.ok()) return Complain(body.error());
  auto seed = runtime::ReadKeyFile(signing.key, "--key");
  if (!seed.ok()) return Complain(seed.error());
  const std::string list = emv::SignList(signing.kind, signing.epoch, AsBytes(*body), *seed);
  emv::Zeroise(*seed);
  // Whole under another name first: gates look at it while it is written.
  const std::string next = signing.out + ".next";
  std::ofstream out(next, std::ios::binary);
  out << list;
  out.close();
  std::error_code failed;
  if (out) std::filesystem::rename(next, signing.out, failed);
  if (!out || failed) return Complain(Error(kBadFile, "it cannot be written", signing.out));
  std::cerr << signing.out << ": " << signing.kind << ", epoch " << signing.epoch << "\n";
  return 0;
}

int Check(const std::string& file, const std::string& kind, const std::string& public_key) {
  const auto text = ReadWhole(file);
  if (!text.ok()) return Complain(text.error());
  emv::Ed25519PublicKey key{};
  const auto octets = FromHex(public_key);
  if (!octets.ok() || octets->size() != key.size()) {
    return Complain(Error(kBadListKey, "'" + public_key + "'", "--trust"));
  }
  std::copy(octets->begin(), octets->end(), key.begin());
  const auto list = emv::OpenSignedList(AsBytes(*text), kind, {&key, 1}, std::nullopt);
  if (!list.ok()) return Complain(list.error());
  std::cout << kind << ", epoch " << list->epoch << ", " << list->body.size() << " octets, SHA-256 "
            << ToHex(list->hash) << "\n";
  return 0;
}

}  // namespace

int RunLists(const Args& args) {
  CLI::App app("Lists that gates believe because they are signed.", "plaza lists");
  Signing signing;
  std::string trust;
  app.require_subcommand(1);
  CLI::App* const key = app.add_subcommand("key", "makes a key pair to sign with");
  key->add_option("FILE", signing.out, "where the private key goes")->required();
  CLI::App* const sign = app.add_subcommand("sign", "signs a list");
  sign->add_option("--kind", signing.kind, "what it is a list of")->capture_default_str();
  sign->add_option("--epoch", signing.epoch, "higher than that of the list before")
      ->required()
      ->check(CLI::PositiveNumber);
  sign->add_option("--key", signing.key, "file of the private key")->required();
  sign->add_option("IN", signing.in, "the list")->required();
  sign->add_option("OUT", signing.out, "the signed list")->required();
  CLI::App* const check = app.add_subcommand("check", "opens a list as a gate does");
  check->add_option("--kind", signing.kind, "what it is a list of")->capture_default_str();
  check->add_option("--trust", trust, "public key, 64 hexadecimal digits")->required();
  check->add_option("FILE", signing.in, "the signed list")->required();
  if (const int exit_code = ParseArgs(app, args); exit_code >= 0) return exit_code;
  if (key->parsed()) return MakeKey(signing.out);
  if (sign->parsed()) return Sign(signing);
  return Check(signing.in, signing.kind, trust);
}

}  // namespace plaza
