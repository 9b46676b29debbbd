#include "cli/growing_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace cli {

GrowingFile::GrowingFile(std::string path, Access access) : path_(std::move(path)) {
  const mode_t mode = access == Access::OwnerAlone ? S_IRUSR | S_IWUSR : 0666;  // Less what the umask takes.
  const int descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (descriptor >= 0) file_.reset(::fdopen(descriptor, "wb"));
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
