namespace sim {

namespace {

// Another layer.
constexpr int kLimit = 5;

}  // namespace

int limit() {
  return kLimit;
}

}  // namespace sim
