// What GitHub alone may do in a random world: big issues, tokens refused for being new, redirects.
#pragma once

#include "sim/fuzz/dice.h"
#include "sim/scenario/scenario.h"

namespace sim {

/// Now and then an issue that has been talked about for years: a few pages of comments.
void make_existing_comments(Dice& dice, Scenario& scenario);

/// A refusal of a token for what may be its age.
void make_new_token_refused(Dice& dice, fakes::HttpRule& rule);

/// Of one job's requests, so that it can lead where they belong, or to another host, or nowhere. Every request counts:
/// a rule that meets several in a row makes a chain.
void make_redirect(Dice& dice, const Scenario& scenario, fakes::HttpRule& rule);

}  // namespace sim
