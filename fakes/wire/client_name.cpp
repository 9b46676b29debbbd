#include "fakes/wire/client_name.h"

#include "core/http/http.h"

namespace fakes::wire {

using core::equal_ignoring_case;

void learn_client_name(const core::RedisCommand& command, std::string& name) {
  if (equal_ignoring_case(command[0], "reset")) name.clear();
  if (command.size() == 3 && equal_ignoring_case(command[0], "client") && equal_ignoring_case(command[1], "setname")) {
    name = command[2];
  }
  if (!equal_ignoring_case(command[0], "hello")) return;
  for (std::size_t i = 2; i + 1 < command.size(); ++i) {
    if (equal_ignoring_case(command[i], "auth")) {
      i += 2;  // A user and a password, which are no options.
    } else if (equal_ignoring_case(command[i], "setname")) {
      name = command[++i];
    }
  }
}

}  // namespace fakes::wire
