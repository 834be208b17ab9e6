// Ports on the loopback.
#pragma once

namespace plaza::servers {

// One that nobody listens on now; 0 if there is none. Somebody else may take it before its user
// does: then that one says so.
int FreePort();
// Whether somebody takes connections there.
bool Answers(int port);

}  // namespace plaza::servers
