// plaza dlq list, show, replay, drop.
#include <google/protobuf/util/json_util.h>

#include <iostream>

#include "apps/plaza/cli.h"
#include "apps/plaza/query.h"
#include "apps/plaza/show_dlq.h"
#include "libs/base/civil.h"
#include "libs/host/dead_letter_rows.h"
#include "libs/host/errors.h"
#include "libs/host/limits.h"
#include "plaza/ops/v1/ops.pb.h"

namespace plaza {
namespace {

constexpr const char* kService = "plaza.ops.v1.Ops";
constexpr std::chrono::seconds kTimeout{60};  // of one call
namespace pb = ops::v1;

struct DlqOptions {
  std::string data = DefaultDataFolder();
  std::string topic, group, reason, since, note, place;
  std::vector<std::string> places;
  int rows_max = 100;
  bool resolved = false, json = false, dry_run = false, again = false;
};

// A moment with its offset from UTC, or a day in UTC.
Result<std::int64_t> ParseSince(const std::string& text) {
  if (text.empty()) return std::int64_t{0};
  if (const auto day = Date::Parse(text); day.ok()) {
    return ToInstant(*day, TimeOfDay{0}, /*offset_seconds=*/0).unix_ms;
  }
  PLAZA_ASSIGN_OR_RETURN(const Moment moment, ParseMoment(text));
  return moment.instant.unix_ms;
}

int PrintJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto printed = google::protobuf::util::MessageToJsonString(message, &json, options);
  std::cout << json;
  return printed.ok() ? 0 : 1;
}

// Up to rows_max rows, with the counts of all.
Result<pb::ListDeadLettersResponse> Letters(rpc::Client& client, const DlqOptions& options,
                                            std::size_t rows_max) {
  pb::ListDeadLettersRequest request;
  request.set_topic(options.topic);
  request.set_group(options.group);
  request.set_code(options.reason);
  PLAZA_ASSIGN_OR_RETURN(const std::int64_t since_ms, ParseSince(options.since));
  request.set_since_ms(since_ms);
  request.set_resolved(options.resolved);
  pb::ListDeadLettersResponse all;
  do {
    const std::size_t left = rows_max - static_cast<std::size_t>(all.letters_size());
    request.set_page_size(static_cast<int>(std::min<std::size_t>(left, host::kLetterPageMax)));
    request.set_page_token(all.next_page_token());
    PLAZA_ASSIGN_OR_RETURN(auto page, client.Call<pb::ListDeadLettersResponse>(
                                          kService, "ListDeadLetters", request, kTimeout));
    for (pb::DeadLetterRow& row : *page.mutable_letters()) *all.add_letters() = std::move(row);
    *all.mutable_counts() = page.counts();
    all.set_next_page_token(page.next_page_token());
  } while (!all.next_page_token().empty() &&
           static_cast<std::size_t>(all.letters_size()) < rows_max);
  return all;
}

int List(rpc::Client& client, const DlqOptions& options) {
  const auto letters = Letters(client, options, static_cast<std::size_t>(options.rows_max));
  if (!letters.ok()) return Complain(letters.error());
  if (options.json) return PrintJson(*letters);
  ShowDeadLetters(*letters, std::cout);
  return 0;
}

int Show(rpc::Client& client, const DlqOptions& options) {
  const auto place = host::ParseLetterPlace(options.place);
  if (!place.ok()) return Complain(place.error());
  pb::ShowDeadLetterRequest request;
  *request.mutable_place() = *place;
  const auto answer =
      client.Call<pb::ShowDeadLetterResponse>(kService, "ShowDeadLetter", request, kTimeout);
  if (!answer.ok()) return Complain(answer.error());
  if (options.json) return PrintJson(*answer);
  ShowDeadLetter(*answer, std::cout);
  return 0;
}

// Those that are named, or all that have the reason.
Result<std::vector<pb::DeadLetterPlace>> Chosen(rpc::Client& client, DlqOptions options) {
  std::vector<pb::DeadLetterPlace> places;
  for (const std::string& text : options.places) {
    PLAZA_ASSIGN_OR_RETURN(pb::DeadLetterPlace place, host::ParseLetterPlace(text));
    places.push_back(std::move(place));
  }
  if (!places.empty()) return places;
  options.resolved = options.again;
  PLAZA_ASSIGN_OR_RETURN(const pb::ListDeadLettersResponse letters,
                         Letters(client, options, kLettersChosenMax));
  for (const pb::DeadLetterRow& row : letters.letters()) places.push_back(row.place());
  return places;
}

int Resolve(rpc::Client& client, const DlqOptions& options, events::v1::DeadLetterOutcome outcome) {
  const auto places = Chosen(client, options);
  if (!places.ok()) return Complain(places.error());
  pb::ResolveDeadLettersResponse all;
  for (std::size_t first = 0; first < places->size(); first += host::kLettersResolvedMax) {
    pb::ResolveDeadLettersRequest request;
    request.set_outcome(outcome);
    request.set_again(options.again);
    request.set_dry_run(options.dry_run);
    request.set_note(options.note);
    const std::size_t end = std::min(places->size(), first + host::kLettersResolvedMax);
    for (std::size_t i = first; i < end; ++i) *request.add_letters() = (*places)[i];
    const auto answer = client.Call<pb::ResolveDeadLettersResponse>(kService, "ResolveDeadLetters",
                                                                    request, kTimeout);
    if (!answer.ok()) {
      ShowResolved(all, outcome, options.dry_run, std::cout);  // what was done before
      return Complain(answer.error());
    }
    all.MergeFrom(*answer);
  }
  if (options.json) {
    PrintJson(all);
  } else {
    ShowResolved(all, outcome, options.dry_run, std::cout);
  }
  for (const auto& one : all.letters()) {
    if (!one.code().empty()) return 1;
  }
  return 0;
}

}  // namespace

int RunDlq(const Args& args) {
  CLI::App app("Records that a service refused, and what to do with them", "plaza dlq");
  DlqOptions options;
  app.require_subcommand(1);
  CLI::App* list = app.add_subcommand("list", "the letters that nobody has resolved, by place");
  CLI::App* show = app.add_subcommand("show", "everything about one");
  CLI::App* replay =
      app.add_subcommand("replay", "appends their records again, where they had been");
  CLI::App* drop = app.add_subcommand("drop", "resolves them without doing anything");
  for (CLI::App* verb : {list, show, replay, drop}) {
    verb->add_option("--data", options.data, "the city's folder")->capture_default_str();
    verb->add_flag("--json", options.json, "as JSON (plaza.ops.v1)");
  }
  for (CLI::App* verb : {list, replay, drop}) {
    verb->add_option("--topic", options.topic, "only of this topic");
    verb->add_option("--group", options.group, "only those that this service refused");
    verb->add_option("--reason", options.reason, "only with this code, BAD_FACT");
    verb->add_option("--since", options.since,
                     "event time from here on: YYYY-MM-DD (UTC) or 2026-11-23T08:00:00-06:00");
  }
  list->add_option("--limit", options.rows_max, "rows at most")
      ->check(CLI::Range(1, static_cast<int>(kLettersChosenMax)))
      ->capture_default_str();
  list->add_flag("--all", options.resolved, "also those that were replayed or dropped");
  show->add_option("LETTER", options.place, "TOPIC/PARTITION/OFFSET")->required();
  for (CLI::App* verb : {replay, drop}) {
    verb->add_option("LETTER", options.places, "TOPIC/PARTITION/OFFSET; or choose by --reason");
    verb->add_flag("--dry-run", options.dry_run, "says what would be done");
    verb->add_flag("--again", options.again, "also those that were resolved before");
  }
  replay->add_option("--note", options.note, "why, for those who look later");
  drop->add_option("--note", options.note, "why, for those who look later")->required();
  if (const int code = ParseArgs(app, args); code >= 0) return code;
  if (!list->parsed() && !show->parsed() && options.places.empty() == options.reason.empty()) {
    return Complain(Error(host::kBadLetterPlace, "name letters, or choose them by --reason"));
  }
  const auto connection = CityConnection::Open({options.data});
  if (!connection.ok()) return Complain(connection.error());
  rpc::Client& client = (*connection)->client();
  if (list->parsed()) return List(client, options);
  if (show->parsed()) return Show(client, options);
  return Resolve(client, options,
                 replay->parsed() ? events::v1::DEAD_LETTER_OUTCOME_REPLAYED
                                  : events::v1::DEAD_LETTER_OUTCOME_DROPPED);
}

}  // namespace plaza
