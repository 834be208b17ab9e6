#include "apps/plaza/cli.h"

#include <iostream>
#include <string_view>

#include "apps/plaza/eval/vectors.h"
#include "libs/runtime/process.h"

namespace plaza {
namespace {

struct Verb {
  std::string_view name;
  std::string_view usage;
  std::string_view what;
  int (*run)(const Args&);
};

constexpr Verb kVerbs[] = {
    {"demo", "demo [options]", "a city day and the morning after, and what came of it", RunDemo},
    {"replay", "replay FILE [options]", "sends a recorded day again, shuffled, repeated or late",
     RunReplay},
    {"serve", "serve [--data FOLDER]", "all services in one process, with their gRPC doors open",
     RunServe},
    {"up", "up [--data FOLDER]",
     "a cluster: each service a process, over PostgreSQL, Kafka and Redis", RunUp},
    {"status", "status [--data FOLDER]", "its processes, addresses, and how far they are behind",
     RunStatus},
    {"down", "down [--data FOLDER]", "ends them; their data stay", RunDown},
    {"audit", "audit [--data FOLDER]", "reads the stores by itself: invariants and digests",
     RunAudit},
    {"archive", "archive [verify] [--to FOLDER]",
     "the log's new facts into compressed, hashed files", RunArchive},
    {"rebuild", "rebuild SERVICE --into FOLDER", "a service's store from archive and log, compared",
     RunRebuild},
    {"purge", "purge [--before DAY] [--dry-run]", "archived facts out of the log, by policy",
     RunPurge},
    {"fare", "fare explain|statement", "why a rider was charged this", RunFare},
    {"ledger", "ledger trial-balance|settlements|aggregates|denied|rebuild", "the operators' books",
     RunLedger},
    {"dlq", "dlq list|show|replay|drop", "records that a service refused", RunDlq},
    {"tap", "tap [--gate ID] [--card N]", "a simulated card at a gate of up --validators", RunTap},
    {"taps", "taps counts|account", "what the gates sent", RunTaps},
    {"trace", "trace TAP_ID", "a tap's way through the services, with times", RunTrace},
    {"lists", "lists key|sign|check", "signs what gates are to believe: CA keys", RunLists},
    {"token", "token keys|mint", "bearer tokens for development, beside certificates", RunToken},
    {"eval", "eval < questions.jsonl", "asks a pure core, one JSON line a question", RunEvalVerb},
    {"vectors", "vectors FILE...", "questions with expected answers", RunVectorsVerb},
    {"version", "version", "who built this", RunVersion},
    {"help", "help", "this page; VERB --help says more", RunHelp},
};

}  // namespace

int RunEvalVerb(const Args& args) {
  if (!args.empty()) {
    std::cerr << "usage: plaza eval < questions.jsonl > answers.jsonl (docs/formats/eval.md)\n";
    return args[0] == "--help" ? 0 : 2;
  }
  eval::RunEval(eval::AllOps(), std::cin, std::cout);
  return 0;
}

int RunVectorsVerb(const Args& args) {
  if (args.empty() || args[0] == "--help") {
    std::cerr << "usage: plaza vectors FILE... (docs/formats/eval.md)\n";
    return args.empty() ? 2 : 0;
  }
  return eval::RunVectors(eval::AllOps(), args, std::cout);
}

int RunVersion(const Args&) {
  std::cout << runtime::BuildInfo() << "\n";
  return 0;
}

int RunHelp(const Args&) {
  for (const Verb& verb : kVerbs) {
    std::string usage(verb.usage);
    if (usage.size() < 30) usage.resize(30, ' ');
    std::cout << "  ./plaza " << usage << (usage.size() > 30 ? "\n" + std::string(40, ' ') : " ")
              << verb.what << "\n";
  }
  return 0;
}

int RunCli(const Args& args) {
  const std::string name =
      args.empty() || args[0] == "--help" || args[0] == "-h" ? "help" : args[0];
  for (const Verb& verb : kVerbs) {
    if (verb.name == name)
      return verb.run(args.empty() ? Args() : Args(args.begin() + 1, args.end()));
  }
  std::cerr << "plaza: there is no verb '" << name << "'; './plaza help' lists them\n";
  return 2;
}

}  // namespace plaza
