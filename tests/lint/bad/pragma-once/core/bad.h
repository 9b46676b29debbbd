// A header that can be read twice.  // expect: pragma-once

namespace core {}  // namespace core
