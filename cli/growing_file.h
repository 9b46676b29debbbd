// A file that is written as things happen, for others to follow: a log, a trace. It replaces what stood there before,
// unless it is continued. When the disk is full the file ends. The program learns that once, and goes on without the
// file.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace cli {

class GrowingFile {
 public:
  /// Of a file that is not there yet.
  enum class Access { Everybody, OwnerAlone };

  explicit GrowingFile(std::string path, Access access = Access::Everybody);

  /// Goes on behind what stands there, in whole lines: a last line that was cut is taken away. A file that does not
  /// begin with `beginning`, or that another process continues at this time, is left as it is, and an error. So is a
  /// pipe that nobody reads; one whose reader does not keep up ends as on a full disk.
  static GrowingFile continued(std::string path, Access access, std::string_view beginning);

  /// Empty while all is well; then, in words with the path, why nothing more is written.
  const std::string& error() const { return error_; }

  /// False for the call that found the file at its end; after it nothing is written.
  bool write(std::string_view text);
  /// What was written so far is in the file from now on, whatever becomes of the process. False as above.
  bool flush();

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  GrowingFile(std::string path, Access access, int flags);

  bool give_up();
  bool refuse(std::string_view why);
  void find_end(std::string_view beginning);

  std::string path_;
  std::string error_;
  std::unique_ptr<std::FILE, Closer> file_;
};

}  // namespace cli
