#include "core/text/cut.h"

#include <fmt/format.h>

#include "core/text/utf8.h"

namespace core {

std::string cut_for_a_model(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  const std::string_view begin = text.substr(0, well_formed_prefix(text.substr(0, most)));
  return fmt::format("{}\n[{} bytes more were left out.]", begin, text.size() - begin.size());
}

}  // namespace core
