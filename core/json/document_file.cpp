#include "core/json/document_file.h"

#include <filesystem>
#include <system_error>

#include "core/json/document.h"

namespace core::input {

namespace {

namespace fs = std::filesystem;

InputError file_error(const std::string& path, std::string found) {
  return {.file = path, .found = std::move(found)};
}

}  // namespace

boost::system::result<OpenFile, InputError> open_document_file(const std::string& path) {
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (!fs::exists(status)) return file_error(path, "there is no such file");
  if (fs::is_directory(status)) return file_error(path, "this is a folder, not a file");
  OpenFile file(std::fopen(path.c_str(), "rb"));
  if (!file) return file_error(path, "the file cannot be opened");
  return file;
}

boost::system::result<std::string, InputError> read_document_file(const std::string& path) {
  const auto file = open_document_file(path);
  if (!file) return file.error();
  std::string text;
  constexpr std::size_t kPiece = 64 * 1024;
  while (text.size() <= kMaxDocumentBytes) {
    const std::size_t before = text.size();
    text.resize(before + kPiece);
    text.resize(before + std::fread(text.data() + before, 1, kPiece, file->get()));
    if (text.size() < before + kPiece) break;
  }
  if (std::ferror(file->get()) != 0) return file_error(path, "the file cannot be read");
  return boost::system::result<std::string, InputError>(boost::system::in_place_value, std::move(text));
}

}  // namespace core::input
