// The settings of plaza-validator (README.md, "Settings").
#pragma once
#include <cstdint>
#include <string>

#include "libs/rpc/server.h"
#include "libs/runtime/config.h"

namespace plaza::validator {

struct Config {
  std::string id;
  std::string stop_id;     // of a fixed gate
  std::string vehicle_id;  // or of one that rides along
  std::string route_id;
  std::string trip_id;  // of a vehicle: the duty that it is on
  std::string folder = "validator";
  std::string running_file;
  std::string zone = "America/Mexico_City";
  std::int64_t pass_back_s = 300;

  std::string ca_keys_file;
  std::string list_keys;  // Ed25519 public keys in hex, with commas between; empty: no signature
  std::string token_key_file;
  std::string mac_key_file;
  std::string data_key_file;
  std::int64_t token_epoch = 1;

  // With commas between: Visa, Mastercard, American Express, UnionPay.
  std::string aids = "A000000003,A000000004,A000000025,A000000333";
  std::int64_t country = 484;   // ISO 3166-1 numeric
  std::int64_t currency = 484;  // ISO 4217 numeric
  std::int64_t amount_minor = 1100;
  std::string refused_countries;  // ISO 3166-1 numeric, with commas between

  std::string reader_pcsc;  // how the name of a PC/SC reader begins; empty: the socket
  std::string reader_listen = "127.0.0.1:0";
  std::int64_t apdu_ms;
  std::int64_t tap_ms;

  std::string uplink_address;  // host:port,… of tap-ingest
  std::string server_name = "localhost";
  rpc::TlsFiles tls;
  std::int64_t uplink_interval_ms = 1'000;
  std::int64_t deny_list_interval_ms = 10'000;

  std::string http_host = "127.0.0.1";
  std::int64_t http_port = 0;

  Config();
  // Declares the keys "validator.…", "vsam.…", "kernel.…", "reader.…", "uplink.…", "tls.…",
  // "http.…" with these defaults.
  void AddTo(runtime::Config& keys);
};

}  // namespace plaza::validator
