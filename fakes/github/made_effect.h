// Something that a client has done on the fake GitHub, and that is kept for the judgement of a run.
#pragma once

#include <string_view>

namespace fakes {

struct MadeEffect {
  std::string_view operation;
  std::string_view place;  ///< "octo/hello#7", or the repository alone.
  std::string_view text;   ///< What carries its key; empty: what may come twice has none.
};

}  // namespace fakes
