// What may be shown of an error that Redis replied with.
#pragma once

#include <string>
#include <string_view>

namespace core {

/// The first word of an error, in Redis' upper case: "OOM"; "ERR" where it has none.
std::string error_code_of(std::string_view reply);

/// Its first words: "OOM command not allowed when used memory > 'maxmemory'". They end where the server begins to quote
/// what it was sent, which may be anything, or tells in which script it happened. Names of commands and settings stay.
std::string first_words(std::string_view reply);

}  // namespace core
