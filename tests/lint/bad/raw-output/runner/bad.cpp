#include <cstdio>
#include <string>

namespace runner {

void show(const std::string& id) {
  std::fwrite(id.data(), 1, id.size(), stdout);         // expect: raw-output
  std::fprintf(stderr, "%s is not there", id.c_str());  // expect: raw-output
  std::printf("%s", id.c_str());                        // expect: raw-output
}

}  // namespace runner
