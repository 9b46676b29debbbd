#include "core/production/resp/resp_writer.h"

#include <hiredis/hiredis.h>

#include <new>

namespace core {

void RespWriter::append(const RedisCommand& command, std::string& out) {
  texts_.clear();
  sizes_.clear();
  for (const std::string& argument : command) {
    texts_.push_back(argument.data());
    sizes_.push_back(argument.size());
  }
  char* formatted = nullptr;
  const int size = redisFormatCommandArgv(&formatted, static_cast<int>(command.size()), texts_.data(), sizes_.data());
  if (size < 0) throw std::bad_alloc();
  out.append(formatted, static_cast<std::size_t>(size));
  redisFreeCommand(formatted);
}

}  // namespace core
