// The one PostgreSQL of the test program.
#pragma once
#include "apps/plaza/servers/postgres.h"

namespace plaza::store::contract {

servers::Postgres& PostgresServer();

}  // namespace plaza::store::contract
