// The verbs of the program, one function each: arguments after the verb in, exit code out.
// Answers go to standard output, progress and errors to standard error.
#pragma once
#include <string>
#include <vector>

namespace plaza {

using Args = std::vector<std::string>;

int RunDemo(const Args& args);
int RunReplay(const Args& args);
int RunServe(const Args& args);
int RunUp(const Args& args);
int RunDown(const Args& args);
int RunStatus(const Args& args);
int RunAudit(const Args& args);
int RunArchive(const Args& args);  // and archive verify
int RunRebuild(const Args& args);
int RunPurge(const Args& args);
int RunEvalVerb(const Args& args);
int RunVectorsVerb(const Args& args);
int RunFare(const Args& args);    // explain, statement, price
int RunLedger(const Args& args);  // trial-balance, settlements, aggregates, denied, rebuild
int RunTap(const Args& args);     // a card at a gate
int RunTaps(const Args& args);    // counts, account
int RunDlq(const Args& args);     // list, show, replay, drop
int RunLists(const Args& args);   // key, sign, check
int RunTrace(const Args& args);
int RunToken(const Args& args);  // keys, mint
int RunVersion(const Args& args);
int RunHelp(const Args& args);

// Runs the verb that args[0] names.
int RunCli(const Args& args);

}  // namespace plaza
