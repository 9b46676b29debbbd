// A program of all that a simulated world is made of, and of nothing else: that it links shows that the layers need
// neither production's adapters nor their libraries, and its symbols are looked at by forbidden_symbols.sh.
int main() {
  return 0;
}
