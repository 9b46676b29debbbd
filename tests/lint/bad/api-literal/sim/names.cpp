#include <string_view>

namespace sim {

bool is_tool(std::string_view api) {
  return api == "github.comments.create";  // expect: api-literal
}

bool is_claim(std::string_view api) {
  return api == "redis.claim" || api == "redis.key_prefix";  // expect: api-literal
}

}  // namespace sim
