namespace sim {

void leak() {
  auto* world = new World;  // expect: raw-new
  delete world;             // expect: raw-new
}

}  // namespace sim
