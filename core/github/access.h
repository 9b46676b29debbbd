// In which repository a request to GitHub is made, and on whose behalf.
#pragma once

#include <string>

#include "core/github/installation_token.h"
#include "core/time/permit.h"

namespace core {

struct GitHubAccess {
  std::string repo;  ///< "owner/name".
  InstallationToken token;
  std::string job;
  Permit* permit = nullptr;  ///< Asked before anything is sent, and before a redirect is followed. Outlives the call.
};

}  // namespace core
