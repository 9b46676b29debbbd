namespace sim {

auto* first = new World;   // lint-allow(raw-new): // expect: allow-comment // expect: raw-new
int second = 1;            // lint-allow(raw-new): nothing is made here. // expect: allow-comment
auto* third = new World;   // lint-allow(real-clock): wrong check. // expect: allow-comment // expect: raw-new
auto* fourth = new World;  // lint-allow(raw-new): the reason.

}  // namespace sim
