// What the verbs that ask a city share: options, ids, and how an error is shown.
#pragma once
#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "apps/plaza/city.h"
#include "libs/base/uuid.h"

namespace plaza {

// Parses `args` (without the verb) into `app`. Returns -1 to go on, else the exit code; help and
// errors are printed.
int ParseArgs(CLI::App& app, const std::vector<std::string>& args);

// --cluster and --copies of a simulation: copies of each service, 0 for the embedded city.
void AddClusterOptions(CLI::App& app, int& copies);

// Prints "plaza: REASON: …" and returns 1.
int Complain(const Error& error);

std::string DefaultDataFolder();                     // <project>/out/demo
Result<Uuid> ParseAccount(const std::string& text);  // BAD_UUID

// Calls one method of the city in `data`, which is opened for the occasion if it does not run.
template <class Response>
Result<Response> Ask(const std::string& data, std::string_view service, std::string_view method,
                     const google::protobuf::Message& request) {
  PLAZA_ASSIGN_OR_RETURN(const auto connection, CityConnection::Open({data}));
  return connection->client().Call<Response>(service, method, request, std::chrono::seconds(60));
}

}  // namespace plaza
