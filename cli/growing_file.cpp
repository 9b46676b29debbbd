#include "cli/growing_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace cli {

namespace {

/// What Linux lets everybody ask for: so much may be written before its reader has read it.
constexpr int kPipeBytes = 1024 * 1024;

/// A file that is only looked at.
class ReadFile {
 public:
  explicit ReadFile(const std::string& path) : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~ReadFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  ReadFile(const ReadFile&) = delete;
  ReadFile& operator=(const ReadFile&) = delete;

  /// Nothing, with errno, when it cannot be read.
  std::optional<std::string> at(off_t begin, std::size_t length) const {
    std::string bytes(length, '\0');
    const ssize_t got = ::pread(descriptor_, bytes.data(), length, begin);
    if (got < 0) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  }

  /// Where the whole lines of its first `size` bytes end.
  std::optional<off_t> end_of_lines(off_t size) const {
    constexpr off_t kPiece = 64L * 1024;
    while (size > 0) {
      const off_t begin = std::max<off_t>(size - kPiece, 0);
      const auto bytes = at(begin, static_cast<std::size_t>(size - begin));
      if (!bytes) return std::nullopt;
      const std::size_t end = bytes->rfind('\n');
      if (end != std::string::npos) return begin + static_cast<off_t>(end) + 1;
      size = begin;
    }
    return 0;
  }

 private:
  int descriptor_;
};

}  // namespace

GrowingFile::GrowingFile(std::string path, Access access) : GrowingFile(std::move(path), access, O_TRUNC) {}

GrowingFile::GrowingFile(std::string path, Access access, int flags) : path_(std::move(path)) {
  const mode_t mode = access == Access::OwnerAlone ? S_IRUSR | S_IWUSR : 0666;  // Less what the umask takes.
  const int descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, mode);
  if (descriptor >= 0) file_.reset(::fdopen(descriptor, "ab"));
  if (!file_) give_up();
}

GrowingFile GrowingFile::continued(std::string path, Access access, std::string_view beginning) {
  // A runner does not wait for who reads its trace from a pipe. For a file the flag means nothing.
  GrowingFile file(std::move(path), access, O_APPEND | O_NONBLOCK);
  if (file.file_) file.find_end(beginning);
  return file;
}

void GrowingFile::find_end(std::string_view beginning) {
  const int descriptor = ::fileno(file_.get());
  struct stat found = {};
  if (::fstat(descriptor, &found) != 0) {
    give_up();
    return;
  }
  if (S_ISFIFO(found.st_mode)) (void)::fcntl(descriptor, F_SETPIPE_SZ, kPipeBytes);
  if (!S_ISREG(found.st_mode)) return;
  // Kept until the process ends, however it ends. Where there are no locks, nobody is kept from it.
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    refuse("another process is writing it");
    return;
  }
  if (::fstat(descriptor, &found) != 0 || found.st_size == 0) return;
  const ReadFile before(path_);
  const auto head = before.at(0, beginning.size());
  if (head && *head != beginning.substr(0, head->size())) {
    refuse("it begins in another way than what would be written; give another file");
    return;
  }
  const auto end = head ? before.end_of_lines(found.st_size) : std::nullopt;
  if (!end || (*end < found.st_size && ::ftruncate(descriptor, *end) != 0)) give_up();
}

bool GrowingFile::write(std::string_view text) {
  return !file_ || std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size() || give_up();
}

bool GrowingFile::flush() {
  return !file_ || std::fflush(file_.get()) == 0 || give_up();
}

bool GrowingFile::give_up() {
  return refuse(errno == ENXIO    ? "nobody reads this pipe"
                : errno == EAGAIN ? "the reader of this pipe does not keep up"
                                  : std::strerror(errno));
}

bool GrowingFile::refuse(std::string_view why) {
  error_ = path_ + " cannot be written: " + std::string(why);
  file_.reset();
  return false;
}

}  // namespace cli
