namespace core {

void Worker::step() {
  if (is_simulated()) return;  // expect: simulation-question
}

}  // namespace core
