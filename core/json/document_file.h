// The text of a file that a person names: a scenario, a configuration. What is no file, or cannot be read, is an
// InputError like every other fault of the input.
#pragma once

#include <boost/system/result.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "core/json/input_error.h"

namespace core::input {

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using OpenFile = std::unique_ptr<std::FILE, FileCloser>;

/// Open for reading. A folder is refused.
boost::system::result<OpenFile, InputError> open_document_file(const std::string& path);

/// The whole file, or the first kMaxDocumentBytes + 1 bytes of it, which parse_document refuses.
boost::system::result<std::string, InputError> read_document_file(const std::string& path);

}  // namespace core::input
