// Where the service of a suite keeps its data: the same suite runs on SQLite and on a real
// PostgreSQL, by the .cc that is linked (sqlite_place.cc, postgres_place.cc).
#pragma once
#include <string>

namespace plaza::store_place {

// For a service's `postgres` setting: the conninfo of the database that stands for the SQLite file
// `path`; empty on SQLite. The same for the same path, in a child process too. The folder of `path`
// must exist.
std::string ConninfoFor(const std::string& path);

}  // namespace plaza::store_place
