// lint-allow-file(raw-new): the arena is what owns the memory.
namespace sim {

World* make() {
  return new World;
}
void drop(World* world) {
  delete world;
}

}  // namespace sim
