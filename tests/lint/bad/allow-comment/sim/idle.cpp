// lint-allow-file(raw-new): nothing is made here. expect: allow-comment
namespace sim {}  // namespace sim
