namespace core {

double half(float value) {  // expect: floating-point // expect: floating-point
  return value / 2;
}

}  // namespace core
