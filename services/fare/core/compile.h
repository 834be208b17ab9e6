// Inside the tariff compiler: what its parts share. Callers use tariff.h.
#pragma once
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>

#include "services/fare/core/csv.h"
#include "services/fare/core/model.h"

namespace plaza::fare {

// Ids that a table lists. A table that is not there lists everything.
struct IdSet {
  bool present = false;
  std::unordered_set<Sym> ids;
  bool Allows(Sym id) const { return id == kNoSym || !present || ids.contains(id); }
};

struct CompileContext {
  const TariffFiles& files;
  const ZoneLookup& zones;
  TariffModel& model;
  Issues& issues;
  std::map<std::string, int, std::less<>> zone_index;  // -1: asked for and not known

  int ZoneIndex(RowReader& row, std::string_view column);  // -1 if blank or unknown
  Sym Intern(std::string_view text) { return model.symbols.Intern(text); }
};

// One version's compilation: its files (its folder's, else the root's) and the ids that they list.
class VersionCompiler {
 public:
  VersionCompiler(CompileContext& context, TariffVersion& version, std::string path);
  void Run();
  // (name, text) of the files in force, but tariff.txt, in byte order of the name.
  std::map<std::string, const std::string*> EffectiveFiles() const;

 private:
  // Reports columns that are neither known nor `ours`. A missing file gives an absent table.
  Table Open(std::string_view name, std::initializer_list<std::string_view> known);
  void RequireColumns(const Table& table, std::initializer_list<std::string_view> columns);
  Sym IdOf(RowReader& row, std::string_view column, const IdSet& ids, std::string_view table);
  DurationLimit LimitOf(RowReader& row);

  void Agencies();  // compile_network.cc
  void Calendar();
  void CalendarDates();
  void Timeframes();
  void Areas();
  void Stops();
  void StopAreas();
  void NetworksAndRoutes();
  void StopTimeDistances();
  void Media();
  void Categories();

  void Products();  // compile_fares.cc
  void LegRules();
  void LegRule_(RowReader& row);
  void IndexLegRules();
  void JoinRules();
  void TransferRules();
  void TransferRule_(RowReader& row);
  void IndexTransfers();

  void JourneyRules();  // compile_extension.cc
  void Concessions();
  void Subsidies();
  void Apportionment();

  void AreaSets();  // compile_caps.cc
  void Passes();
  void Caps();
  Cap CapOf(RowReader& row);
  void CapOffset(RowReader& row, Cap& cap);
  void CapMembers();
  void CheckLadders(const Table& table);
  SpanUnit UnitOf(RowReader& row, std::string_view column);

  std::int64_t AmountOf(RowReader& row, std::string_view column);

  CompileContext& context_;
  TariffVersion& version_;
  Rules& rules_;
  std::string path_;
  std::unordered_set<Sym> leg_groups_;
  IdSet agencies_, areas_, networks_, routes_, stops_, media_, categories_, services_, timeframes_,
      products_, area_sets_;
};

}  // namespace plaza::fare
