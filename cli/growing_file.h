// A file that is written as things happen, for others to follow: a log, a trace. What stood there before is gone. A
// disk that is full ends it; whoever writes is told once, and goes on without it.
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

  bool give_up();

  std::string path_;
  std::string error_;
  std::unique_ptr<std::FILE, Closer> file_;
};

}  // namespace cli
