// Sets libcurl's options where a refusal cannot be passed over: without the option it would be another request than was
// meant, perhaps one without verification.
#pragma once

#include <curl/curl.h>

#include "core/check.h"

namespace core {

template <class Value>
void set_option(CURL* handle, CURLoption option, Value value) {
  if (curl_easy_setopt(handle, option, value) != CURLE_OK) broken_invariant("libcurl refuses an option");
}

template <class Value>
void set_option(CURLM* multi, CURLMoption option, Value value) {
  if (curl_multi_setopt(multi, option, value) != CURLM_OK) broken_invariant("libcurl refuses an option");
}

}  // namespace core
