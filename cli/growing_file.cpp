#include "cli/growing_file.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace cli {

GrowingFile::GrowingFile(std::string path) : path_(std::move(path)), file_(std::fopen(path_.c_str(), "wbe")) {
  if (!file_) give_up();
}

bool GrowingFile::write(std::string_view text) {
  return !file_ || std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size() || give_up();
}

bool GrowingFile::flush() {
  return !file_ || std::fflush(file_.get()) == 0 || give_up();
}

bool GrowingFile::give_up() {
  error_ = path_ + " cannot be written: " + std::strerror(errno);
  file_.reset();
  return false;
}

}  // namespace cli
