// Paging of GitHub's lists, by the Link header (RFC 8288).
#pragma once

#include "core/http/http.h"

namespace core {

/// Whether a Link header names a next page. Its URL is never used: nobody is sent anywhere by an answer.
bool has_next_page(const HttpHeaders& headers);

}  // namespace core
