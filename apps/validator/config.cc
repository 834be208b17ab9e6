#include "apps/validator/config.h"

#include "apps/validator/limits.h"

namespace plaza::validator {

Config::Config() : apdu_ms(kApduTimeMax.count()), tap_ms(kTapTimeMax.count()) {}

void Config::AddTo(runtime::Config& keys) {
  keys.AddText("validator.id", &id, "1 to 16 of A-Z 0-9 and -, as it is enrolled");
  keys.AddText("validator.stop_id", &stop_id, "where a fixed gate stands");
  keys.AddText("validator.vehicle_id", &vehicle_id, "the vehicle that it rides in, instead");
  keys.AddText("validator.route_id", &route_id,
               "the line behind a fixed gate, if there is but one; the duty's of a vehicle");
  keys.AddText("validator.trip_id", &trip_id, "the duty's trip, of a vehicle");
  keys.AddText("validator.folder", &folder, "where its journal and its deny list lie");
  keys.AddText("validator.running_file", &running_file,
               "JSON file with addresses and pid, while it takes cards; empty: none");
  keys.AddText("validator.zone", &zone, "IANA name of the city's time zone");
  keys.AddInt("validator.pass_back_s", &pass_back_s, 0, kPassBackSecondsMax,
              "for how long a card that went through is refused; 0: it is not");
  keys.AddText("vsam.token_key_file", &token_key_file,
               "file with the city's token key, 64 hexadecimal digits");
  keys.AddText("vsam.mac_key_file", &mac_key_file, "the same of this validator's MAC key");
  keys.AddText("vsam.data_key_file", &data_key_file, "the same of this validator's data key");
  keys.AddInt("vsam.token_epoch", &token_epoch, 1, UINT32_MAX, "of the token key");
  keys.AddText("kernel.ca_keys_file", &ca_keys_file,
               "file of the CA public keys: JSON, or a signed list of it");
  keys.AddText("kernel.list_keys", &list_keys,
               "Ed25519 public keys, hex, commas between: the CA keys' file must be signed by one");
  keys.AddText(
      "kernel.aids", &aids,
      "applications that are accepted, or how their identifiers begin, in hex, commas between");
  keys.AddInt("kernel.country", &country, 0, 999, "ISO 3166-1 numeric");
  keys.AddInt("kernel.currency", &currency, 0, 999, "ISO 4217 numeric");
  keys.AddInt("kernel.amount_minor", &amount_minor, 0, 999'999'999'999,
              "amount inside the cryptogram, in minor units");
  keys.AddText("kernel.refused_countries", &refused_countries,
               "issuers' countries that are refused, ISO 3166-1 numeric, commas between");
  keys.AddText("reader.pcsc", &reader_pcsc,
               "PC/SC reader: how its name begins, or \"*\" for the first that there is");
  keys.AddText(
      "reader.listen", &reader_listen,
      "without a PC/SC reader: loopback address:port (0 picks one) or socket path for cards");
  keys.AddInt("reader.apdu_ms", &apdu_ms, 1, kTapTimeMsLimit, "for one answer of a card");
  keys.AddInt("reader.tap_ms", &tap_ms, 1, kTapTimeMsLimit, "for all answers of a tap");
  keys.AddText("uplink.address", &uplink_address, "host:port of tap-ingest, or several, commas");
  keys.AddText("uplink.server_name", &server_name, "the name in tap-ingest's certificate");
  keys.AddInt("uplink.interval_ms", &uplink_interval_ms, 10, 3'600'000,
              "between looks into the journal for what is to be sent");
  keys.AddInt("uplink.deny_list_ms", &deny_list_interval_ms, 10, 3'600'000,
              "between questions for the deny list");
  keys.AddText("tls.ca", &tls.ca_pem, "PEM file of the CA of services and validators");
  keys.AddText("tls.certificate", &tls.cert_pem,
               "PEM file of its certificate: role validator, for its id");
  keys.AddText("tls.key", &tls.key_pem, "PEM file of its private key");
  keys.AddText("http.host", &http_host, "host of /metrics, /healthz and /readyz");
  keys.AddInt("http.port", &http_port, 0, 65'535, "port of the same; 0 picks one");
}

}  // namespace plaza::validator
